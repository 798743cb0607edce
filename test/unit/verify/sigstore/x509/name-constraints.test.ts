/** Name constraints (RFC 5280, section 4.2.1.10), by signatures of an authority that has them. */
import { describe, expect, it } from 'vitest';
import {
  alternativeNames,
  encodeName,
  generalName,
  nameConstraints,
} from '../../../../../scripts/upstream/sigstore/certificate.ts';
import {
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  utf8String,
  type Der,
} from '../../../../../scripts/upstream/sigstore/der.ts';
import { VerificationError } from '../../../../../src/model/errors.ts';
import type { Certificate } from '../../../../../src/verify/sigstore/x509/certificate.ts';
import { requirePermittedNames } from '../../../../../src/verify/sigstore/x509/name-constraints.ts';
import { judgeWith } from '../../../../support/authority-verdict.ts';
import { refusal } from '../../../../support/refusals.ts';
import { who, workflow } from '../../../../support/throwaway-sigstore.ts';

const email = (value: string) => generalName({ type: 'email', value });
const uri = (value: string) => generalName({ type: 'uri', value });
const dns = (value: string) => generalName({ type: 'dns', value });
const ip = (hex: string) => implicit(7, Buffer.from(hex, 'hex'));
const directory = explicit(4, encodeName({ organization: 'sigstore.dev', commonName: 'x' }));

type Judge = Parameters<typeof judgeWith>;

describe.each<[string, (constraints: Der) => Judge[0]]>([
  [
    'an intermediate',
    (constraints) => ({
      authority: { intermediates: [{ extensions: (usual) => [...usual, constraints] }] },
    }),
  ],
  [
    'an intermediate above another',
    (constraints) => ({
      authority: { intermediates: [{ extensions: (usual) => [...usual, constraints] }, {}] },
    }),
  ],
  [
    'the trust anchor',
    (constraints) => ({
      authority: { root: { extensions: (usual) => [...usual, constraints] } },
    }),
  ],
])('name constraints of %s', (_, having) => {
  it.each<[string, Der, typeof who]>([
    ['permit the host', nameConstraints([email('example.org')]), who],
    ['permit the mailbox', nameConstraints([email('release@example.org')]), who],
    ['permit the host among others', nameConstraints([email('other.org'), email('EXAMPLE.org')]), who],
    ['permit hosts below a domain', nameConstraints([email('.org')]), who],
    ['permit the mailbox at the host in another case', nameConstraints([email('release@EXAMPLE.org')]), who],
    ['exclude others', nameConstraints([], [email('other.org'), email('other@example.org')]), who],
    [
      'are of other forms',
      nameConstraints([uri('github.com'), dns('github.com'), ip('0a000000ff000000')]),
      who,
    ],
    ["permit a workflow's host", nameConstraints([uri('github.com')]), workflow],
    [
      "permit hosts below a workflow's domain",
      nameConstraints([uri('.com')], [uri('.github.com')]),
      workflow,
    ],
    ['are of e-mail addresses, for a workflow', nameConstraints([email('other.org')]), workflow],
  ])('accepted: %s', async (__, constraints, signer) => {
    await judgeWith(having(constraints), signer, signer);
  });

  it.each<[string, Der, typeof who]>([
    ['permit another host', nameConstraints([email('other.org')]), who],
    ['permit another mailbox', nameConstraints([email('other@example.org')]), who],
    ['permit the mailbox in another case', nameConstraints([email('Release@example.org')]), who],
    ['permit hosts below it alone', nameConstraints([email('.example.org')]), who],
    ['permit a host that ends like it', nameConstraints([email('ample.org')]), who],
    ['permit the domain above it', nameConstraints([email('org')]), who],
    ['exclude the host', nameConstraints([], [email('example.org')]), who],
    ['exclude the mailbox', nameConstraints([], [email('release@example.org')]), who],
    ['exclude the mailbox in another case', nameConstraints([], [email('RELEASE@example.org')]), who],
    ['exclude the domain above it', nameConstraints([], [email('org')]), who],
    ['exclude what they permit', nameConstraints([email('example.org')], [email('.org')]), who],
    ['permit another host to workflows', nameConstraints([uri('gitlab.com')]), workflow],
    ["exclude a workflow's host", nameConstraints([], [uri('github.com')]), workflow],
    ['exclude every host', nameConstraints([], [uri('')]), workflow],
    ['constrain names of the directory as well', nameConstraints([email('example.org'), directory]), who],
    ['constrain names of the directory', nameConstraints([directory]), who],
    ['exclude registered numbers', nameConstraints([], [implicit(8, Buffer.of(42))]), who],
  ])('refused: %s', async (__, constraints, signer) => {
    await refusal(judgeWith(having(constraints), signer, signer), VerificationError, 'SIGNER_UNTRUSTED');
  });
});

it('names of an intermediate are constrained by those above it', async () => {
  const named = (value: string) =>
    judgeWith({
      authority: {
        root: { extensions: (usual) => [...usual, nameConstraints([email('example.org')])] },
        intermediates: [{ extensions: (usual) => [...usual, alternativeNames([{ type: 'email', value }])] }],
      },
    });
  await named('authority@example.org');
  await refusal(named('authority@other.org'), VerificationError, 'SIGNER_UNTRUSTED');
});

/** A certificate as far as names are concerned. */
function named(
  extensions: readonly (readonly [oid: string, value: Der])[],
  subject: Der = sequence(),
): Certificate {
  const map = new Map(extensions.map(([oid, value]) => [oid, { isCritical: true, value, encoded: value }]));
  return { extensions: map, subject: subject.subarray(2) } as unknown as Certificate;
}
/** The value within the extension, which stands behind its identifier and its flag. */
const valueOf = (extension: Der) => extension.subarray(extension.indexOf(Buffer.from('0101ff04', 'hex')) + 5);
const authority = (permitted: Der[], excluded: Der[] = []) =>
  named([['2.5.29.30', valueOf(nameConstraints(permitted, excluded))]]);
const leaf = (...names: Der[]) => named([['2.5.29.17', sequence(...names)]]);
const judge =
  (names: readonly Der[], permitted: Der[], excluded: Der[] = []) =>
  () => {
    requirePermittedNames(leaf(...names), authority(permitted, excluded), 'leaf');
  };

describe('requirePermittedNames', () => {
  it.each<[string, Der, Der]>([
    ['a host for itself', dns('example.org'), dns('example.org')],
    ['a host below it', dns('a.b.example.org'), dns('example.org')],
    ['a host below it, with a dot', dns('a.example.org'), dns('.example.org')],
    ['any host for nothing', dns('example.org'), dns('')],
    ['a URI with user, port and query', uri('https://me@example.org:8443/?a@b'), uri('example.org')],
    ['a URI whose host begins with a digit', uri('https://1.example.org/'), uri('1.example.org')],
    ['a URI whose host ends with one', uri('https://example.org.2/'), uri('example.org.2')],
    ['a mailbox', email('release@example.org'), email('release@example.org')],
    ['a URI in capitals', uri('HTTPS://EXAMPLE.ORG'), uri('example.org')],
    ['an address in a range', ip('0a010203'), ip('0a000000ff000000')],
    [
      'a long address in a range',
      ip(`20010db8${'00'.repeat(12)}`),
      ip(`20010db8${'00'.repeat(12)}ffffffff${'00'.repeat(12)}`),
    ],
  ])('permits %s', (_, name, constraint) => {
    expect(judge([name], [constraint])).not.toThrow();
    expect(judge([name], [], [constraint])).toThrow(VerificationError);
  });

  it.each<[string, Der, Der]>([
    ['another host', dns('example.com'), dns('example.org')],
    ['a host that ends like it', dns('badexample.org'), dns('example.org')],
    ['the host itself, with a dot', dns('example.org'), dns('.example.org')],
    ['an address outside of it', ip('0b010203'), ip('0a000000ff000000')],
    ['an address of another length', ip('0a010203'), ip(`20010db8${'00'.repeat(28)}`)],
    ['the mailbox of another host', email('release@other.org'), email('release@example.org')],
    ['another mailbox of the host', email('other@example.org'), email('release@example.org')],
    ['another host before the path', uri('https://other.org/example.org'), uri('example.org')],
    ['another host behind a user', uri('https://example.org@other.org/'), uri('example.org')],
  ])('does not permit %s', async (_, name, constraint) => {
    await refusal(judge([name], [constraint]), VerificationError, 'SIGNER_UNTRUSTED');
    expect(judge([name], [], [constraint])).not.toThrow();
  });

  it('shows no more of a name than can be read', async () => {
    const { message } = await refusal(
      judge([dns('x'.repeat(10_000))], [dns('example.org')]),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
    expect(message).toMatch(/^leaf: .* "x{200}"$/);
  });

  it('permits a host alone, and excludes hosts below it: what is refused by either reading is refused', () => {
    for (const [name, constraint] of [
      [email('a@mail.example.org'), email('example.org')],
      [uri('https://mail.example.org/'), uri('example.org')],
    ] as const) {
      expect(judge([name], [constraint])).toThrow(VerificationError);
      expect(judge([name], [], [constraint])).toThrow(VerificationError);
    }
  });

  it.each<[string, Der, Der]>([
    ['a URI without a host', uri('urn:example:org'), uri('example.org')],
    ['a URI with an address', uri('https://192.0.2.1/'), uri('example.org')],
    ['a URI with a long address', uri('https://[2001:db8::1]/'), uri('example.org')],
    ['a URI with a backslash', uri('https://other.org\\@example.org/'), uri('example.org')],
    ['an e-mail address without a host', email('release'), email('example.org')],
    ['a URI within a URI', uri('urn:https://example.org/'), uri('example.org')],
    ['an e-mail address without a host, by a mailbox', email('release'), email('release@example.org')],
    ['a constraint that is not ASCII', email('a@example.org'), email('exämple.org')],
    ['an e-mail address without a name', email('@example.org'), email('example.org')],
    ['an e-mail address that is not ASCII', email('rélease@example.org'), email('example.org')],
    ['a host with an empty label', dns('a..example.org'), dns('example.org')],
    ['a host with a dot at its end', dns('example.org.'), dns('example.org')],
    ['a host behind a name', dns('a@b.example.org'), dns('example.org')],
    ['a host with a space', dns('a b.example.org'), dns('example.org')],
    ['a constraint that is no host', email('a@example.org'), email('..org')],
    ['a constraint of a name without a host', email('a@example.org'), email('a@')],
    ['an address that is none', ip('0a0102'), ip('0a000000ff000000')],
    ['a range that is none', ip('0a010203'), ip('0a000000')],
  ])('refuses %s, permitted or excluded', async (_, name, constraint) => {
    await refusal(judge([name], [constraint]), VerificationError, 'SIGNER_UNTRUSTED');
    await refusal(judge([name], [], [constraint]), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('asks every name', () => {
    expect(judge([email('a@example.org'), email('a@other.org')], [email('example.org')])).toThrow(
      VerificationError,
    );
    expect(judge([email('a@example.org'), dns('other.org')], [email('example.org')])).not.toThrow();
  });

  it('asks an e-mail address of the subject where there are no other names', async () => {
    const attribute = (oid: string) => setOf(sequence(objectIdentifier(oid), utf8String('a@example.org')));
    const subject = (oid: string) => named([], sequence(attribute('2.5.4.10'), attribute(oid)));
    const emailAddress = '1.2.840.113549.1.9.1';
    const ask = (certificate: Certificate, permitted: string) => () => {
      requirePermittedNames(certificate, authority([email(permitted)]), 'leaf');
    };
    expect(ask(subject(emailAddress), 'example.org')).not.toThrow();
    await refusal(ask(subject(emailAddress), 'other.org'), VerificationError, 'SIGNER_UNTRUSTED');
    expect(ask(subject('2.5.4.3'), 'other.org')).not.toThrow();
    const broken = named([], sequence(octetString(Buffer.of(0x30))));
    await refusal(ask(broken, 'example.org'), VerificationError, 'EVIDENCE_MALFORMED');
    const cut = named([], sequence(Buffer.of(0x30)));
    await refusal(ask(cut, 'example.org'), VerificationError, 'EVIDENCE_MALFORMED');
    for (const none of [integer(1), sequence(), sequence(objectIdentifier(emailAddress))]) {
      expect(ask(named([], sequence(setOf(none))), 'example.org')).not.toThrow();
    }
  });

  it.each<[string, Der]>([
    ['nothing', sequence()],
    ['an empty list', sequence(explicit(0, Buffer.of()))],
    ['two lists of one kind', sequence(explicit(0, sequence(dns('a'))), explicit(0, sequence(dns('a'))))],
    ['a third list', sequence(explicit(0, sequence(dns('a'))), explicit(2, sequence(dns('a'))))],
    ['a base with a distance', sequence(explicit(0, sequence(dns('a'), implicit(0, Buffer.of(1)))))],
    ['a base that is none', sequence(explicit(0, integer(1)))],
    ['bytes', octetString(Buffer.of(1))],
  ])('refuses constraints that are %s', async (_, value) => {
    const ask = () => {
      requirePermittedNames(leaf(dns('a')), named([['2.5.29.30', value]]), 'leaf');
    };
    await refusal(ask, VerificationError, 'EVIDENCE_MALFORMED');
  });
});
