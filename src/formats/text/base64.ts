/**
 * Base64 (RFC 4648, section 4) that has one spelling: padded, no white space, no bits set that mean nothing.
 * Node's own decoder skips over what it does not know, so that two texts could pass for one.
 */
import { Buffer } from 'node:buffer';

/** Undefined for anything but the one canonical spelling. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
