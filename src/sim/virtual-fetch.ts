/** `fetch` over a host's network: the host part of the URL names the node or address. */
import {NetError, type Body, type Host, type HttpResponse} from '../host.ts';

/** Statuses that the standard gives no body. */
const WITHOUT_BODY = new Set([101, 204, 205, 304]);

export function virtualFetch(
  host: Host,
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  return async (input, init) => {
    const request = new Request(input, init);
    const {signal} = request;
    signal.throwIfAborted();
    const url = new URL(request.url);
    const headers: Record<string, string> = {};
    request.headers.forEach((value, name) => {
      headers[name] = value;
    });
    const body = await bodyOf(request, init?.body);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true});
    });
    const path = url.pathname + url.search;
    try {
      const answering = host.net.request(url.hostname, {method: request.method, path, headers, body});
      return responseOf(await Promise.race([answering, aborted]));
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      const failed = new TypeError('fetch failed');
      failed.cause = error;
      throw failed;
    }
  };
}

/** Bytes stay bytes; everything else crosses as the text that it is. */
async function bodyOf(request: Request, given: unknown): Promise<Body> {
  if (request.body === null) return '';
  if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) {
    return new Uint8Array(await request.arrayBuffer());
  }
  return request.text();
}

function responseOf({status, headers, body}: HttpResponse): Response {
  const content = typeof body === 'string' ? body : new Uint8Array(body);
  return new Response(WITHOUT_BODY.has(status) ? null : content, {status, headers: {...headers}});
}
