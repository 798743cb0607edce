/**
 * A pin: the full fingerprint of a primary key, as people paste it.
 */
import { UsageError } from '../../model/errors.ts';

/** Of version 4 keys 40 hex digits, of version 6 keys 64 (RFC 9580 section 5.5.4). */
const fingerprint = /^(?:[0-9A-F]{40}|[0-9A-F]{64})$/;

/**
 * The fingerprint that `text` pins: upper-case hex, spaces and a leading `0x` removed.
 *
 * Throws UsageError `TRUST_INVALID` for anything shorter: who pins a key ID pins every key that can be made
 * to have it.
 */
export function parsePin(text: string): string {
  const pin = text.replaceAll(/[ \t]/g, '').replace(/^0x/i, '').toUpperCase();
  if (fingerprint.test(pin)) return pin;
  throw new UsageError('TRUST_INVALID', `not the full fingerprint of a key: ${JSON.stringify(text)}`, {
    hint: 'Pin all 40 hex digits of the fingerprint (64 for a version 6 key); a key ID is not enough.',
    context: { pin: text },
  });
}
