export const TAR_BLOCK = 512;

/** The largest size that has eleven octal digits. */
const LARGEST_OCTAL = 8 ** 11 - 1;

/**
 * The header of a file in an archive (POSIX, ustar): the same for the same file, whoever writes it and when.
 *
 * @param path - at most 100 ASCII characters, as all in a layout are but those of sha512
 */
export function tarHeader(path: string, size: number): Buffer {
  const header = Buffer.alloc(TAR_BLOCK);
  const [prefix, name] = splitPath(path);
  header.write(name, 0, 'latin1');
  header.write('0000644\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  writeSize(header, size);
  header.write('00000000000\0', 136, 'latin1');
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(prefix, 345, 'latin1');
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** A path of more than 100 characters is divided at a slash. */
function splitPath(path: string): [string, string] {
  if (path.length <= 100) return ['', path];
  const at = path.lastIndexOf('/', 155);
  const name = path.slice(at + 1);
  return at === -1 || name.length > 100 ? tooLong(path) : [path.slice(0, at), name];
}

function tooLong(path: string): never {
  throw new RangeError(`an archive cannot hold a path of ${path.length} characters`);
}

/** 8 GiB and more in GNU's binary form, which everybody reads. */
function writeSize(header: Buffer, size: number): void {
  if (size <= LARGEST_OCTAL) {
    header.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
    return;
  }
  header.writeUInt8(0x80, 124);
  header.writeBigUInt64BE(BigInt(size), 128);
}

/** With the eight bytes of the sum itself as spaces. */
function sumOf(header: Buffer): number {
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}
