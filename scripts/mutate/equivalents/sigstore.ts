/** `src/verify/sigstore`, of what frames, binds and identifies. */
import type { Equivalent } from '../equivalent.ts';

export const sigstore: readonly Equivalent[] = [
  {
    file: 'src/verify/sigstore/trusted-root-document.ts',
    line: '/^(?:\\.\\d+)?Z$/.test(found.slice(19))',
    changes: [['/^(?:\\.\\d+)?Z$/', '/(?:\\.\\d+)?Z$/', '/^(?:\\.\\d+)?Z/']],
    reason: 'V8 reads no date that has something else there',
  },
  {
    file: 'src/verify/sigstore/trusted-root-document.ts',
    line: 'PKIX_',
    changes: [
      ['5', '5 + 1'],
      ['7', '7 + 1'],
      ['12', '12 + 1'],
      ['13', '13 + 1'],
    ],
    reason: 'the library only asks whether a key is PKCS#1, which 1 is',
  },
  {
    file: 'src/verify/sigstore/checkpoint.ts',
    line: "if (split === -1 || !envelope.endsWith('\\n'))",
    changes: [["split === -1 || !envelope.endsWith('\\n')", "!envelope.endsWith('\\n')"]],
    reason: 'without an empty line, the size is among the lines of signatures, and is none',
  },
  {
    file: 'src/verify/sigstore/checkpoint.ts',
    line: "const [origin = '', treeSize = '', root = '']",
    changes: [['envelope.slice(0, split)', 'envelope']],
    reason: 'of the first three lines, one that is missing is the empty one then, and is refused as well',
  },
  {
    file: 'src/verify/sigstore/identity.ts',
    line: 'if (sourceRepository === undefined ||',
    changes: [
      [
        "sourceRepository === undefined || sourceRef === undefined || sourceRef === ''",
        'sourceRepository === undefined || sourceRef === undefined',
      ],
    ],
    reason: 'an empty ref that is asked for is refused by itself',
  },
  {
    file: 'src/verify/sigstore/identity.ts',
    line: 'const [, file] = name.startsWith(',
    changes: [['name.startsWith(`${identity}/.github/workflows/`)', 'true']],
    reason: 'the whole name is compared on the next line',
  },
  {
    file: 'src/verify/sigstore/identity.ts',
    line: "const said = found.length === 0 ? 'none'",
    changes: [
      ['found.length === 0', 'true', 'false', 'found.length !== 0'],
      ['0', '0 + 1'],
      ["'none'", "''"],
    ],
    reason: 'only words',
  },
  {
    file: 'src/verify/sigstore/log-entry.ts',
    line: 'const checkpoint = proof.checkpoint &&',
    changes: [
      [
        'proof.checkpoint && parseCheckpoint(proof.checkpoint.envelope)',
        'parseCheckpoint(proof.checkpoint.envelope)',
      ],
    ],
    reason: 'there is a checkpoint: without one no bundle is read, and the library verified it before',
  },
  {
    file: 'src/verify/sigstore/log-entry.ts',
    line: 'if (logged.type === signer.type &&',
    changes: [['logged.type === signer.type && logged.der.equals(der)', 'logged.der.equals(der)']],
    reason: 'no certificate is byte for byte a SubjectPublicKeyInfo: the types say no more than the bytes',
  },
  {
    file: 'src/verify/sigstore/source-agreement.ts',
    line: '',
    changes: [
      [
        'repository !== undefined && path !== undefined && ref !== undefined',
        'repository !== undefined && path !== undefined',
        'ref !== undefined',
      ],
      ['repository !== undefined && path !== undefined', 'repository !== undefined', 'path !== undefined'],
      [
        'isWhole && buildConfigs.includes(`${repository}/${path}@${ref}`)',
        'buildConfigs.includes(`${repository}/${path}@${ref}`)',
      ],
    ],
    reason: 'no certificate names a workflow with a part that is not there',
  },
  {
    file: 'src/verify/sigstore/source-agreement.ts',
    line: 'const said =',
    changes: [
      ['[repository, ref].filter((one) => one !== undefined)', '[repository, ref]'],
      ['one !== undefined', 'one === undefined'],
    ],
    reason: 'only words',
  },
  {
    file: 'src/verify/sigstore/source-agreement.ts',
    line: 'const certified =',
    changes: [
      [
        "[...sourceRepositories, ...sourceRefs].join(' at ') || 'another commit'",
        "[...sourceRepositories, ...sourceRefs].join(' at ')",
        "'another commit'",
      ],
    ],
    reason: 'only words',
  },
  {
    file: 'src/verify/sigstore/verify-bundle.ts',
    line: "if (key.$case !== 'certificate') throw",
    changes: [
      ["key.$case !== 'certificate'", 'false'],
      ['throw new TypeError(`${what} has no certificate`);', ';'],
    ],
    reason: 'what has a certificate to us has one to the library: both go by the same field of the bundle',
  },
  {
    file: 'src/verify/sigstore/verify-bundle.ts',
    line: 'const identity = name?.value ??',
    changes: [['name?.value ?? policy.identity', 'name?.value']],
    reason: 'a certificate whose identity holds has a name',
  },
];
