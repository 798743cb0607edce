/** `src/verify/anchors`. */
import type { Equivalent } from '../equivalent.ts';

export const anchors: readonly Equivalent[] = [
  {
    file: 'src/verify/anchors/cosign-key.ts',
    line: 'return Promise.resolve({ holds:',
    changes: [["key.asymmetricKeyType ?? ''", 'key.asymmetricKeyType']],
    reason: 'a public key has its type: only types know',
  },
  {
    file: 'src/verify/anchors/found-key.ts',
    line: 'if (!(cause instanceof VerificationError) ||',
    changes: [
      [
        "!(cause instanceof VerificationError) || cause.code !== 'EVIDENCE_MISSING'",
        "cause.code !== 'EVIDENCE_MISSING'",
      ],
    ],
    reason: 'no error of another class has that code',
  },
  {
    file: 'src/verify/anchors/github-sigstore.ts',
    line: 'end.getUTCFullYear() >',
    changes: [['9999', '9999 + 1']],
    reason: 'RFC 3339 has no date of the year 10000',
  },
  {
    file: 'src/verify/anchors/openpgp.ts',
    line: "context.addIssue({ code: 'custom'",
    changes: [["'custom'", "''"]],
    reason: 'of a problem that has its own words, the kind is not told',
  },
  {
    file: 'src/verify/anchors/pins.ts',
    line: "context.addIssue({ code: 'custom'",
    changes: [["'custom'", "''"]],
    reason: 'of a problem that has its own words, the kind is not told',
  },
  {
    file: 'src/verify/anchors/pins.ts',
    line: 'for (const [path, file] of kind?.files(',
    changes: [['kind?.files(pin as unknown as AnchorPin) ?? []', 'kind?.files(pin as unknown as AnchorPin)']],
    reason: 'a pin of no kind was refused before: only types know',
  },
  {
    file: 'src/verify/anchors/trust.ts',
    line: 'if (kind === undefined) throw',
    changes: [
      ['kind === undefined', 'false'],
      ['throw new TypeError(`pins of the type ${pin.type}`);', ';'],
    ],
    reason: 'pins of no kind are refused as they are read: only types know',
  },
];
