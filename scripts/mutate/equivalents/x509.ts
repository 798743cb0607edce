/** `src/verify/sigstore/x509`. */
import type { Equivalent } from '../equivalent.ts';

export const x509: readonly Equivalent[] = [
  {
    file: 'src/verify/sigstore/x509/name-constraints.ts',
    line: 'return host === undefined || /^[',
    changes: [['host === undefined || /^[\\d.]+$/.test(host)', '/^[\\d.]+$/.test(host)']],
    reason: 'undefined, as text, is no number, and is returned as it is',
  },
  {
    file: 'src/verify/sigstore/x509/name-constraints.ts',
    line: '',
    changes: [
      ['range[length + index] ?? 0', 'range[length + index]'],
      ['range[index] ?? 0', 'range[index]'],
    ],
    reason: 'a range has twice the length of its addresses: only types know',
  },
  {
    file: 'src/verify/sigstore/x509/path.ts',
    line: 'if (key === undefined || !isIssuedBy(certificate',
    changes: [
      ['key === undefined || !isIssuedBy(certificate, issuer, key)', '!isIssuedBy(certificate, issuer, key)'],
    ],
    reason: 'a path without a key has its refusal, which is thrown before: only types know',
  },
  {
    file: 'src/verify/sigstore/x509/name-constraints.ts',
    line: 'const mask = range[length + index]',
    changes: [['0', '0 + 1']],
    reason: 'a range has twice the length of its addresses: only types know',
  },
  {
    file: 'src/verify/sigstore/x509/name-constraints.ts',
    line: 'return (byte & mask) ===',
    changes: [['0', '0 + 1']],
    reason: 'a range has twice the length of its addresses: only types know',
  },
  {
    file: 'src/verify/sigstore/x509/name-constraints.ts',
    line: 'if (type === undefined || value === undefined ||',
    changes: [['type === undefined || value === undefined', 'value === undefined']],
    reason: 'where there is no first there is no second: only types know',
  },
  {
    file: 'src/verify/sigstore/x509/certificate.ts',
    line: 'if (oid === undefined || isCritical === undefined ||',
    changes: [
      [
        'oid === undefined || isCritical === undefined || value === undefined',
        'oid === undefined || isCritical === undefined',
      ],
    ],
    reason: 'an extension without a value is not whole: only types know',
  },
  {
    file: 'src/verify/sigstore/x509/certificate.ts',
    line: 'return hash !== undefined && key.asymmetricKeyType === keyType',
    changes: [
      ['hash !== undefined && key.asymmetricKeyType === keyType', 'key.asymmetricKeyType === keyType'],
    ],
    reason:
      'an algorithm that is not known is of no type of key, and each public key has one: only types know',
  },
];
