/** How a client reaches its server, and what it believes of the answers as far as their form goes (spec 5, 7). */
import {type Host, type HttpResponse, NetError} from '../../host.ts';
import {decodeBody, decodePage, decodeResults, refusalOf} from './client-decode.ts';
import {JournalAnswerError, JournalRefusedError, JournalTransportError} from './client-errors.ts';
import {PATHS, type PullAnswer, type PullRequest, type PushRequest, type PushResult} from './protocol.ts';

export interface TransportOptions {
  /** The server's node id or address. */
  readonly server: string;
  readonly token: string;
  /** Waiting time for one answer, ms. */
  readonly timeoutMs: number;
  /** How often one request is tried in all, and how long after the first failure; each time twice as long. */
  readonly attempts: number;
  readonly retryAfterMs: number;
}

const TOO_MANY_REQUESTS = 429;
const FIRST_SERVER_ERROR = 500;

/**
 * Asks until there is an answer or the attempts are used up. Rejects with {@link JournalTransportError} where none came,
 * {@link JournalRefusedError} where it was no, and {@link JournalAnswerError} where it was none of what was agreed.
 */
export class Transport {
  readonly #host: Host;
  readonly #options: TransportOptions;

  constructor(host: Host, options: TransportOptions) {
    this.#host = host;
    this.#options = options;
  }

  async push(request: PushRequest): Promise<readonly PushResult[]> {
    const results = decodeResults(await this.#ask(PATHS.push, request));
    if (results === null) throw new JournalAnswerError('MALFORMED', 'a push is answered with results');
    return results;
  }

  async pull(request: PullRequest): Promise<PullAnswer> {
    const page = decodePage(await this.#ask(PATHS.pull, request));
    if (page === null) throw new JournalAnswerError('MALFORMED', 'a pull is answered with a page');
    return page;
  }

  /** The body of a success. A retry sends what was sent: what the server knows of it already changes nothing. */
  async #ask(path: string, body: unknown): Promise<unknown> {
    const {attempts, retryAfterMs} = this.#options;
    const text = JSON.stringify(body);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(path, text);
      } catch (error) {
        if (attempt >= attempts || !mayPass(error)) throw error;
      }
      await this.#host.clock.sleep(retryAfterMs * 2 ** (attempt - 1));
    }
  }

  async #once(path: string, body: string): Promise<unknown> {
    const {server, token, timeoutMs} = this.#options;
    const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'};
    const response = await this.#host.net
      .request(server, {method: 'POST', path, headers, body}, {timeoutMs})
      .catch(refuseNetworkError);
    return successOf(response);
  }
}

function refuseNetworkError(error: unknown): never {
  if (error instanceof NetError) throw new JournalTransportError(error.code);
  throw error;
}

function successOf({status, body}: HttpResponse): unknown {
  const value = decodeBody(body);
  if (status < 200 || status >= 300) throw new JournalRefusedError(status, refusalOf(value));
  if (value === undefined) throw new JournalAnswerError('MALFORMED', 'an answer is JSON');
  return value;
}

/** Whether trying again may help. */
function mayPass(error: unknown): boolean {
  if (error instanceof JournalTransportError) return true;
  if (!(error instanceof JournalRefusedError)) return false;
  return error.status === TOO_MANY_REQUESTS || error.status >= FIRST_SERVER_ERROR;
}
