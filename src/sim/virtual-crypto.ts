/** Random bytes, integers and ids out of a host's stream, in the shapes of `crypto` and `node:crypto`. */
import type {Host} from '../host.ts';

export function virtualCrypto(host: Host, name: string): (...args: never[]) => unknown {
  const fill = (view: ArrayBufferView): unknown => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = host.random.integer(0, 255);
    return view;
  };
  switch (name) {
    case 'randomUUID':
      return () => {
        const hex = host.random.id(32);
        const variant = '89ab'[host.random.integer(0, 3)] ?? '8';
        return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
      };
    case 'randomBytes':
      return (size: number, done?: (error: null, bytes: Buffer) => void) => {
        const bytes = Buffer.alloc(size);
        fill(bytes);
        if (done === undefined) return bytes;
        host.clock.after(0, () => done(null, bytes));
        return undefined;
      };
    case 'randomInt':
      return (first: number, second?: number) =>
        second === undefined ? host.random.integer(0, first - 1) : host.random.integer(first, second - 1);
    case 'randomFill':
      return (view: ArrayBufferView, done: (error: null, filled: unknown) => void) => {
        host.clock.after(0, () => done(null, fill(view)));
      };
    default:
      return fill;
  }
}
