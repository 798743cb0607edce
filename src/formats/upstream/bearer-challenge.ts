/**
 * A registry's demand for a token (RFC 9110, section 11.6.1; RFC 6750; the distribution project's token
 * authentication): `Bearer realm="https://auth.example/token",service="registry.example",scope="…"`.
 */
import { z } from 'zod';
import { TransportError, VerificationError } from '../../model/errors.ts';
import { printableUrlText } from '../../model/url-text.ts';
import { parseEvidenceJson } from './evidence-json.ts';

export interface BearerChallenge {
  /** Where tokens are given out: https, without credentials. */
  readonly realm: URL;
  readonly service: string | undefined;
}

const parameter =
  /([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^`|~\w-]+))\s*(?:,\s*|$)/y;

/**
 * Untrusted: whoever answers for the registry wrote it. The scope that it names is not read, since what is asked for
 * is ours to say. Throws TransportError `HTTP_STATUS` for another way of authentication, and `URL_REFUSED` for a realm
 * that is no https URL.
 */
export function parseBearerChallenge(challenge: string, what: string): BearerChallenge {
  const [scheme = ''] = challenge.split(' ', 1);
  if (scheme.toLowerCase() !== 'bearer') {
    throw new TransportError(
      'HTTP_STATUS',
      `${what} wants ${JSON.stringify(scheme.slice(0, 40))} authentication`,
      {
        hint: 'Only registries that anybody may read are supported.',
      },
    );
  }
  const parameters = readParameters(challenge.slice(scheme.length).trim());
  const text = parameters.get('realm') ?? '';
  const realm = URL.parse(text);
  const isPlain = realm?.protocol === 'https:' && realm.username === '' && realm.password === '';
  if (realm === null || !isPlain || realm.hash !== '') {
    const shown = printableUrlText(text);
    throw new TransportError('URL_REFUSED', `${what} sends us for a token to ${shown}: not https`, {
      hint: 'Tokens are fetched over https only, or from the mirror that is given for such a URL.',
      context: { realm: shown },
    });
  }
  return { realm, service: parameters.get('service') };
}

function readParameters(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (parameter.lastIndex = 0; parameter.lastIndex < text.length;) {
    const [, name = '', quoted, token = ''] = parameter.exec(text) ?? [];
    if (name === '') break;
    // The first counts: a second challenge may follow in the same header.
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replaceAll(/\\(.)/g, '$1') ?? token);
  }
  return parameters;
}

/** As RFC 6750 has it: nothing that could end a header. */
const tokenPattern = /^[A-Za-z0-9._~+/-]{1,16384}=*$/;

/** Unchecked here: what a schema refuses, its message shows. */
const answerSchema = z.object({ token: z.unknown().optional(), access_token: z.unknown().optional() });

export const maxTokenAnswerBytes = 64 << 10;

/** The token in a realm's answer. Throws VerificationError `EVIDENCE_MALFORMED`, which never shows the token. */
export function parseTokenAnswer(bytes: Uint8Array, what: string): string {
  const answer = parseEvidenceJson(answerSchema, bytes, what, { maxBytes: maxTokenAnswerBytes });
  const token = answer.token ?? answer.access_token;
  if (typeof token === 'string' && tokenPattern.test(token)) return token;
  throw new VerificationError('EVIDENCE_MALFORMED', `${what} holds no token that could be sent`);
}
