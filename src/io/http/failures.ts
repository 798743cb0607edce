/**
 * Turns what undici and Node throw into TransportErrors, and says which of them are worth another attempt.
 */
import { errors } from 'undici';
import { TransportError } from '../../model/errors.ts';
import { describeRequest, targetContext } from './response.ts';
import type { Target } from './response.ts';

const timeOuts = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection'],
  ['ETIMEDOUT', 'no connection'],
  ['UND_ERR_HEADERS_TIMEOUT', 'no answer'],
  ['UND_ERR_BODY_TIMEOUT', 'the body stalled'],
]);

/** OpenSSL's verdicts on certificates, as Node's TLS documentation lists them, and undici's on a proxy's. */
const certificateFaults =
  /^(?:CERT_|CRL_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERROR_IN_CERT_|UND_ERR_PRX_TLS)/;

/** Ours to mend, or gone for good: another attempt would say the same. */
const lasting = new Map([
  ['ENOTFOUND', 'Check the host name, and that this machine can resolve names.'],
  ['UND_ERR_INVALID_ARG', undefined],
  ['UND_ERR_DESTROYED', undefined],
  ['UND_ERR_CLOSED', undefined],
]);

/**
 * The TransportError for what a request or the reading of its body threw. `phase` tells a connection that
 * broke before the headers (`UNREACHABLE`) from one that broke in the body (`TRUNCATED`). What carries no
 * code is a bug of ours and is thrown on unchanged.
 */
export function connectionFailure(error: unknown, target: Target, phase: 'request' | 'body'): TransportError {
  if (error instanceof TransportError) return error;
  const code = errorCode(error);
  if (code === undefined) throw error;
  const context = { ...targetContext(target), cause: code };
  const fail = (as: TransportError['code'], found: string, retryable: boolean, hint?: string) =>
    new TransportError(as, `${describeRequest(target)}: ${found}`, {
      context,
      retryable,
      hint,
      cause: error,
    });

  const timeOut = timeOuts.get(code);
  if (timeOut !== undefined) {
    return fail(
      'TIMED_OUT',
      `${timeOut} within the time allowed`,
      true,
      'Check the network, or try again later.',
    );
  }
  if (certificateFaults.test(code)) {
    return fail(
      'UNREACHABLE',
      `the server's certificate is not trusted (${code})`,
      false,
      'If a proxy of yours re-encrypts TLS, name its CA in NODE_EXTRA_CA_CERTS.',
    );
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return fail('TOO_LARGE', 'the headers are too large', false);
  if (lasting.has(code)) return fail('UNREACHABLE', detail(error, code), false, lasting.get(code));
  if (phase === 'body') return fail('TRUNCATED', `the connection broke in the body (${code})`, true);
  return fail('UNREACHABLE', detail(error, code), true, 'Check the network and the proxy settings.');
}

function errorCode(error: unknown): string | undefined {
  // Undici leaves out the code of what its parser does not name.
  if (error instanceof errors.HTTPParserError) return 'HTTP_MALFORMED';
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function detail(error: unknown, code: string): string {
  const message = error instanceof Error ? error.message : '';
  return message === '' ? `no answer (${code})` : `no answer (${code}: ${message})`;
}
