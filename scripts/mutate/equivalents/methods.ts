/** `src/verify/methods`, `anchors`, `archive`, `helm`, and files in `src/verify` itself. */
import type { Equivalent } from '../equivalent.ts';

export const methods: readonly Equivalent[] = [
  {
    file: 'src/verify/methods/minisign.ts',
    line: 'if (bytes !== undefined && isKept',
    changes: [['bytes !== undefined && isKept', 'isKept']],
    reason: 'what is kept is at hand',
  },
  {
    file: 'src/verify/methods/apt.ts',
    line: "error instanceof VerificationError && (error.code === 'DIGEST_MISMATCH'",
    changes: [
      [
        "error instanceof VerificationError && (error.code === 'DIGEST_MISMATCH' || error.code === 'SIZE_MISMATCH')",
        "(error.code === 'DIGEST_MISMATCH' || error.code === 'SIZE_MISMATCH')",
      ],
    ],
    reason: 'no other error has these codes',
  },
  {
    file: 'src/verify/archive/ova.ts',
    line: "const name = line.kind === 'nameless' ?",
    changes: [
      ["line.kind === 'nameless'", 'false'],
      ["'nameless'", "''"],
    ],
    reason: 'a line of that kind has no name: only types know',
  },
  {
    file: 'src/verify/archive/ova.ts',
    line: 'const listed = digestsOf(',
    changes: [['false', 'true']],
    reason: 'a digest without a name was refused before',
  },
  {
    file: 'src/verify/archive/ova.ts',
    line: 'if (!(error instanceof AssayError)) throw error;',
    changes: [
      ['!(error instanceof AssayError)', 'false'],
      ['throw error;', ';'],
    ],
    reason: 'nothing else is thrown there',
  },
  {
    file: 'src/verify/by-hand.ts',
    line: "signer.method === 'sigstore' ? (signer.build ?? {})",
    changes: [["signer.method === 'sigstore'", 'true']],
    reason: 'no other signer has a build: only types know',
  },
  {
    file: 'src/verify/helm/chart.ts',
    line: "const key = JSON.stringify(['helm-index',",
    changes: [["'helm-index'", "''"]],
    reason: 'any word, and none, makes the key unlike those of others',
  },
  {
    file: 'src/verify/helm/chart.ts',
    line: "if (provenance.kind === 'blob' &&",
    changes: [
      [
        "provenance.kind === 'blob' && typeof provenance.reference !== 'string'",
        "provenance.kind === 'blob'",
      ],
      ["'string'", "''"],
    ],
    reason: 'a blob is named by its digest: only types know',
  },
  {
    file: 'src/verify/trail.ts',
    line: 'export const theArtifact =',
    changes: [['true', 'false']],
    reason: 'that it is there says it, and not its value',
  },
  {
    file: 'src/verify/digest.ts',
    line: "const isOther = digestAlgorithm(expected.digest) !== 'sha256';",
    changes: [["'sha256'", "''"]],
    reason: 'the same digest is reckoned twice then',
  },
  {
    file: 'src/verify/digest.ts',
    line: 'if (isOther) hash.update(piece);',
    changes: [['isOther', 'true']],
    reason: 'nobody asks for the digest of what was hashed besides',
  },
  {
    file: 'src/verify/anchors/trust.ts',
    line: 'if (scope === undefined || (url',
    changes: [['url !== undefined && isUnder(scope, url)', 'isUnder(scope, url)']],
    reason: 'undefined, as text, is under no URL',
  },
  {
    file: 'src/verify/methods/apt.ts',
    line: 'complete.set(subject.suites,',
    changes: [
      [
        'complete.set(subject.suites, new Set(complete.get(subject.suites)).add(subject.platform.arch));',
        ';',
      ],
    ],
    reason: 'the indexes are at hand: they are read again, and nothing is lacking',
  },
  {
    file: 'src/verify/methods/apt.ts',
    line: "if (first === undefined) throw new TypeError('a source has",
    changes: [
      ['first === undefined', 'false'],
      ["throw new TypeError('a source has at least one suite');", ';'],
    ],
    reason: 'what is judged has a suite, and that a Release: only types know',
  },
  {
    file: 'src/verify/methods/github-asset.ts',
    line: 'if (repository !== undefined && tag',
    changes: [
      ['repository !== undefined && tag !== undefined', 'tag !== undefined', 'repository !== undefined'],
    ],
    reason: 'both are found or neither: only types know',
  },
  {
    file: 'src/verify/methods/helm-provenance.ts',
    line: 'const digest = parseProvenanceDigest(listed',
    changes: [["listed ?? ''", 'listed']],
    reason: 'what is not listed was refused before: only types know',
  },
  {
    file: 'src/verify/methods/apt.ts',
    line: 'if (complete.get(subject.suites)?.has',
    changes: [
      ['complete.get(subject.suites)?.has(subject.platform.arch) === true', 'false'],
      ['true', 'false'],
    ],
    reason: 'what is read once more is the same',
  },
  {
    file: 'src/verify/methods/apt.ts',
    line: 'if (needs.length === 0) {',
    changes: [['needs.length === 0', 'false']],
    reason: 'what is read once more is the same',
  },
  {
    file: 'src/verify/methods/asked-about.ts',
    line: 'const template = nameFor(',
    changes: [["spec.checksums ?? ''", 'spec.checksums']],
    reason: 'nobody asks without a checksum file: only types know',
  },
  {
    file: 'src/verify/methods/github-attestation.ts',
    line: '',
    changes: [["repositoryOf(sourceRepository) ?? ''", 'repositoryOf(sourceRepository)']],
    reason: 'the schema asks for a repository of GitHub: only types know',
  },
  {
    file: 'src/verify/methods/github-attestation.ts',
    line: "const identity = signer.method === 'sigstore'",
    changes: [["signer.method === 'sigstore'", 'true']],
    reason: 'who signs an attestation has a certificate: only types know',
  },
  {
    file: 'src/verify/methods/github-attestation.ts',
    line: 'requireSubject(statement, { digest, name });',
    changes: [['requireSubject(statement, { digest, name });', ';']],
    reason: 'that it is about them was asked of each that is listed: here it is told',
  },
  {
    file: 'src/verify/methods/checksum.ts',
    line: '.regex(/^',
    changes: [['/^\\s*\\S+(?:\\s+\\S+){2}/', '/\\s*\\S+(?:\\s+\\S+){2}/']],
    reason: 'three words are anywhere in a text where they are at its beginning',
  },
  {
    file: 'src/verify/methods/cosign-image.ts',
    line: "{ check: 'platform', value: image?.platform",
    changes: [["image?.platform ?? ''", 'image?.platform']],
    reason: 'what is vouched for is an image: only types know',
  },
  {
    file: 'src/verify/methods/detached-signature.ts',
    line: 'if (!documents.has(question)) requireSignature(',
    changes: [['!documents.has(question)', 'true']],
    reason: 'what held before holds once more',
  },
  {
    file: 'src/verify/methods/detached-signature.ts',
    line: "const key = JSON.stringify(['detached',",
    changes: [["'detached'", "''"]],
    reason: 'any word, and none, makes the key unlike those of others',
  },
  {
    file: 'src/verify/methods/helm-provenance.ts',
    line: "const key = JSON.stringify(['helm-provenance',",
    changes: [["'helm-provenance'", "''"]],
    reason: 'any word, and none, makes the key unlike those of others',
  },
  {
    file: 'src/verify/methods/helm-provenance.ts',
    line: "const digest = parseProvenanceDigest(listed ?? ''",
    changes: [["listed ?? ''", 'listed']],
    reason: 'a file that is not listed was refused before: only types know',
  },
  {
    file: 'src/verify/methods/openpgp-checksums.ts',
    line: "...['openpgp-checksums', spec.form,",
    changes: [["'openpgp-checksums'", "''"]],
    reason: 'any word, and none, makes the key unlike those of others',
  },
  {
    file: 'src/verify/methods/pinned.ts',
    line: 'const own = Object.hasOwn(spec.digests, version)',
    changes: [['Object.hasOwn(spec.digests, version)', 'true']],
    reason: 'what every object has is no digest, and has none: it is refused either way',
  },
  {
    file: 'src/verify/methods/signed-sbom.ts',
    line: 'const reason = matter.spec.without?.[',
    changes: [
      [
        "matter.spec.without?.[matter.subject.artifact.version] ?? ''",
        'matter.spec.without?.[matter.subject.artifact.version]',
      ],
    ],
    reason: 'it is one of those that are named: only types know',
  },
  {
    file: 'src/verify/file-type.ts',
    line: 'return type !== undefined && signatures[type]',
    changes: [['type !== undefined && signatures[type] !== undefined', 'signatures[type] !== undefined']],
    reason: 'undefined names no type: only types know',
  },
  {
    file: 'src/verify/witnesses.ts',
    line: 'if (found === undefined) throw',
    changes: [
      ['found === undefined', 'false'],
      ['throw new TypeError(`no witness ${witness.method}`);', ';'],
    ],
    reason: 'the schema takes no other method: only types know',
  },
  {
    file: 'src/verify/witnesses.ts',
    line: "if ('artifact' in end) return '';",
    changes: [
      ["'artifact' in end", 'false'],
      ["'artifact'", "''"],
    ],
    reason: 'it is called by a role and a URL that it does not have, as nothing else is',
  },
];
