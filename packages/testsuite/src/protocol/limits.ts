/** The numbers of version 1. */
export const LIMITS = {
  headerBytes: 4096,
  messageBytes: 1_048_576,
  nesting: 32,
  inlineChunkBytes: 262_144,
  smallContentBytes: 32_768,
  putBytes: 8_388_608,
  pageEntries: 1000,
  streams: 256,
  preambleBytes: 4096,
};
