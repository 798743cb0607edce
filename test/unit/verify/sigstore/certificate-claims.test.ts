import { describe, expect, it } from 'vitest';
import {
  alternativeNames,
  extendedKeyUsage,
  extension,
  fulcioExtension,
  keyUsage,
  purposes,
  signCertificate,
} from '../../../../scripts/upstream/sigstore/certificate.ts';
import { implicit, nothing, sequence, type Der } from '../../../../scripts/upstream/sigstore/der.ts';
import { generateEcdsaKey } from '../../../../scripts/upstream/sigstore/keys.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { readClaims } from '../../../../src/verify/sigstore/certificate-claims.ts';
import { parseCertificate } from '../../../../src/verify/sigstore/x509/certificate.ts';
import { refusal } from '../../../support/refusals.ts';
import { at, validFrom } from '../../../support/throwaway-sigstore.ts';

const key = generateEcdsaKey();
const name = { organization: 'example', commonName: 'example' };

function claimsOf(...extensions: Der[]) {
  const spec = { serial: Buffer.of(1), issuer: name, subject: name, notBefore: validFrom, notAfter: at };
  const der = signCertificate({ ...spec, spki: key.spki, extensions }, key);
  return readClaims(parseCertificate(der, 'certificate'), 'certificate');
}
const codeSigning = extendedKeyUsage([purposes['code-signing']]);

describe('readClaims', () => {
  it('says nothing of what is not there', () => {
    expect(claimsOf()).toStrictEqual({
      ...{ names: [], issuers: [], sourceRepositories: [], sourceRefs: [], sourceDigests: [] },
      ...{ signerWorkflows: [], buildConfigs: [], isForCodeSigning: false, build: {} },
    });
  });

  it('says what old and new extensions say, each', () => {
    const said = {
      1: 'i1',
      3: 'c1',
      5: 'o/n',
      6: 'r1',
      8: 'i2',
      9: 'w',
      12: 'https://github.com/o/n',
      13: 'c2',
      14: 'r2',
      18: 'b',
    };
    const extensions = Object.entries(said).map(([number, text]) => fulcioExtension(Number(number), text));
    expect(claimsOf(...extensions)).toMatchObject({
      issuers: ['i2', 'i1'],
      sourceRepositories: ['https://github.com/o/n'],
      sourceRefs: ['r2', 'r1'],
      sourceDigests: ['c2', 'c1'],
      signerWorkflows: ['w'],
      buildConfigs: ['b'],
    });
  });

  it('has what is remembered of a run, as the newer extensions say it', () => {
    const said = {
      ...{ 2: 'push', 3: 'c1', 5: 'o/n', 6: 'refs/heads/old', 9: 'w@r', 11: 'self-hosted' },
      ...{ 12: 'https://github.com/o/n', 13: 'c2', 14: 'refs/tags/v1', 15: '42', 18: 'b@r' },
      ...{ 20: 'workflow_dispatch', 21: 'https://github.com/o/n/actions/runs/7/attempts/1' },
    };
    const extensions = Object.entries(said).map(([number, text]) => fulcioExtension(Number(number), text));
    expect(claimsOf(...extensions).build).toEqual({
      sourceRepository: 'https://github.com/o/n',
      sourceRepositoryId: '42',
      sourceRef: 'refs/tags/v1',
      sourceDigest: 'c2',
      signerWorkflow: 'w@r',
      buildConfig: 'b@r',
      runnerEnvironment: 'self-hosted',
      trigger: 'workflow_dispatch',
      run: 'https://github.com/o/n/actions/runs/7/attempts/1',
    });
    const [trigger, commit] = [fulcioExtension(2, 'push'), fulcioExtension(3, 'c1')];
    expect(claimsOf(trigger, commit).build).toStrictEqual({ trigger: 'push', sourceDigest: 'c1' });
  });

  it('takes the old name of a repository for one of GitHub, unless the new one is of the same name', () => {
    const repositories = (...extensions: Der[]) => claimsOf(...extensions).sourceRepositories;
    expect(repositories(fulcioExtension(5, 'o/n'))).toEqual(['https://github.com/o/n']);
    expect(repositories(fulcioExtension(12, 'https://git.example/o/n'), fulcioExtension(5, 'o/n'))).toEqual([
      'https://git.example/o/n',
    ]);
    expect(repositories(fulcioExtension(12, 'https://github.com/o/m'), fulcioExtension(5, 'o/n'))).toEqual([
      'https://github.com/o/m',
      'https://github.com/o/n',
    ]);
  });

  it.each([
    ['no limit', [codeSigning], true],
    ['signatures', [codeSigning, keyUsage([0])], true],
    ['signatures and more', [codeSigning, keyUsage([0, 1])], true],
    ['certificates alone', [codeSigning, keyUsage([5, 6])], false],
    ['signatures, for servers', [extendedKeyUsage([purposes.server]), keyUsage([0])], false],
    ['signatures, for anything', [extendedKeyUsage([purposes.any]), keyUsage([0])], false],
    [
      'signatures, for servers and code',
      [extendedKeyUsage([purposes.server, purposes['code-signing']]), keyUsage([0])],
      true,
    ],
  ])('is for code signing or not, of a key for %s', (_, extensions, expected) => {
    expect(claimsOf(...extensions).isForCodeSigning).toBe(expected);
  });

  it.each([
    ['a new extension of bare text', extension('1.3.6.1.4.1.57264.1.14', Buffer.from('refs/tags/v1'))],
    ['a runner that is no text', extension('1.3.6.1.4.1.57264.1.11', Buffer.from('github-hosted'))],
    ['an old extension of bytes that are no text', extension('1.3.6.1.4.1.57264.1.6', Buffer.of(0xff))],
    ['a key usage that is none', extension('2.5.29.15', nothing(), true)],
    ['names that are none', extension('2.5.29.17', nothing(), true)],
    ['a name that is no text', extension('2.5.29.17', sequence(implicit(1, Buffer.of(0xff))), true)],
    ['purposes that are none', extension('2.5.29.37', nothing())],
  ])('refuses %s', async (_, broken) => {
    await refusal(() => claimsOf(broken), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('reads e-mail addresses and URIs, and has the rest in hex', () => {
    const names = alternativeNames([
      { type: 'email', value: 'a@example.org' },
      { type: 'uri', value: 'https://example.org' },
      { type: 'dns', value: 'example.org' },
    ]);
    expect(claimsOf(names).names).toEqual([
      { type: 'email', value: 'a@example.org' },
      { type: 'uri', value: 'https://example.org' },
      { type: 'other', value: Buffer.from('example.org').toString('hex') },
    ]);
  });
});
