let isMute = false;

/** Nothing is sent from now on. */
export function fallSilent() {
  isMute = true;
}

/** Writes one value as a frame. */
export function send(value) {
  sendText(JSON.stringify(value));
}

/** The same of JSON as it is. */
export function sendText(text) {
  if (isMute) return;
  const body = Buffer.from(text);
  process.stdout.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
}

/** 1 KB a second. */
const SIP = { bytes: 102, everyMs: 100 };

/** Takes what comes on a stream in sips from now on, each as a chunk of its own. */
export function sip(stream) {
  stream.pause();
  const timer = setInterval(() => {
    stream.read(Math.min(SIP.bytes, stream.readableLength || SIP.bytes));
  }, SIP.everyMs);
  stream.once('close', () => clearInterval(timer));
}

/** Calls `onMessage` for every frame of stdin: a reader that trusts its host. */
export function listen(onMessage, onEnd) {
  let buffer = Buffer.alloc(0);
  process.stdin.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const split = buffer.indexOf('\r\n\r\n');
      if (split === -1) return;
      const length = Number(/content-length: *(\d+)/i.exec(buffer.toString('latin1', 0, split))[1]);
      if (buffer.length < split + 4 + length) return;
      const body = buffer.subarray(split + 4, split + 4 + length);
      buffer = buffer.subarray(split + 4 + length);
      onMessage(JSON.parse(body.toString()));
    }
  });
  process.stdin.on('end', onEnd);
}
