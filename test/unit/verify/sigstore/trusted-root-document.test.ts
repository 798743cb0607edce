import { expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { parseTrustedRootDocument } from '../../../../src/verify/sigstore/trusted-root-document.ts';
import { refusal } from '../../../support/refusals.ts';
import { sigstore } from '../../../support/throwaway-sigstore.ts';

const changed = (from: RegExp, to: string) => Buffer.from(sigstore.trustedRoot().replace(from, to));

it.each([
  [
    'a number that would be read as another one',
    changed(/"tlogs":\s*\[\s*\{/, '$&"x":9007199254740993,'),
    '9007199254740993',
  ],
  [
    'a log at what is no address',
    changed(/https:\/\/rekor.sigstore.dev/, 'rekor example'),
    'root.json: tlogs[0] must be at a URL, or a host',
  ],
])('is refused with %s, which is said', async (_, bytes, said) => {
  const parse = () => parseTrustedRootDocument(bytes, 'root.json');
  const { message } = await refusal(parse, VerificationError, 'EVIDENCE_MALFORMED');
  expect(message).toContain(said);
});
