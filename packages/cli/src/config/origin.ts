/** Whether a text is an absolute URL of HTTP. */
export function isOrigin(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.host !== '';
}
