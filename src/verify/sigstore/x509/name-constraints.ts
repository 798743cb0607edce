/**
 * Name constraints (RFC 5280, section 4.2.1.10): for which names an authority, and those below it, may issue.
 *
 * Where that text and Go's crypto/x509, which the other verifiers rest on, read a constraint differently, the reading
 * that refuses more is taken: a host that is permitted is that host alone, and one that is excluded takes the hosts
 * below it along.
 */
import type { Buffer } from 'node:buffer';
import { malformed } from '../../../formats/upstream/evidence-json.ts';
import { VerificationError } from '../../../model/errors.ts';
import { readDer, readOid, readSequence, type DerValue } from '../der.ts';
import type { Certificate } from './certificate.ts';
import { readAlternativeNames, readNameConstraints } from './extensions.ts';

/** GeneralNames by their tags (section 4.2.1.6): those whose constraints are read. */
const forms = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;
const readable: readonly number[] = Object.values(forms);
const emailAddress = '1.2.840.113549.1.9.1';

/**
 * Steps 6.1.3 (b) and (c), of a certificate below `authority`. Throws VerificationError `SIGNER_UNTRUSTED`, also where
 * it cannot be told.
 */
export function requirePermittedNames(certificate: Certificate, authority: Certificate, what: string): void {
  const constraints = readNameConstraints(authority, what);
  if (constraints === undefined) return;
  const { permitted, excluded } = constraints;
  if ([...permitted, ...excluded].some(({ tag }) => !readable.includes(tag))) {
    throw refusal(what, 'its authority is constrained in names of a form that is not read here');
  }
  for (const name of namesOf(certificate, what)) {
    const ofForm = (bases: readonly DerValue[]) => bases.filter(({ tag }) => tag === name.tag);
    const matches = (base: DerValue, isExcluded: boolean) => {
      const isMatch = isWithin(name, base, isExcluded);
      if (isMatch !== undefined) return isMatch;
      throw refusal(what, `${show(name)} cannot be held against its authority's constraint ${show(base)}`);
    };
    const allowed = ofForm(permitted);
    const isExcluded = ofForm(excluded).some((base) => matches(base, true));
    if (!isExcluded && (allowed.length === 0 || allowed.some((base) => matches(base, false)))) continue;
    throw refusal(what, `its authority may not issue for ${show(name)}`);
  }
}

/** Where there are no alternative names, e-mail addresses in the subject count. */
function namesOf(certificate: Certificate, what: string): readonly DerValue[] {
  const names = readAlternativeNames(certificate, what);
  if (names !== undefined) return names;
  const sets = readDer(certificate.subject)?.map(({ content }) => readDer(content));
  return (sets ?? [undefined]).flatMap((attributes) => {
    if (attributes === undefined) throw malformed(what, "the certificate's subject is not what it must be");
    return attributes.flatMap(({ encoded }) => {
      const [type, value] = readSequence(encoded) ?? [];
      if (type === undefined || value === undefined || readOid(type) !== emailAddress) return [];
      return [{ ...value, tag: forms.email }];
    });
  });
}

/** Undefined where one of them is not what it must be, or has nothing to compare. */
function isWithin(name: DerValue, base: DerValue, isExcluded: boolean): boolean | undefined {
  if (name.tag === forms.ip) return isAddressWithin(name.content, base.content);
  const [text, constraint] = [textOf(name), textOf(base)];
  if (text === undefined || constraint === undefined) return undefined;
  switch (name.tag) {
    case forms.email:
      return isMailboxWithin(text, constraint, isExcluded);
    case forms.dns:
      return isHostWithin(text, constraint, true);
    case forms.uri:
      return isHostWithin(hostOf(text), constraint, isExcluded);
    default:
      return undefined;
  }
}

/** A constraint is a mailbox (`user@host`), a host, or the hosts below a domain (`.domain`). */
function isMailboxWithin(mailbox: string, constraint: string, isExcluded: boolean): boolean | undefined {
  const own = splitMailbox(mailbox);
  if (!constraint.includes('@')) return isHostWithin(own?.host, constraint, isExcluded);
  const wanted = splitMailbox(constraint);
  if (own === undefined || wanted === undefined) return undefined;
  const isSameLocal = own.local === wanted.local || (isExcluded && isSameText(own.local, wanted.local));
  return isSameLocal && isSameText(own.host, wanted.host);
}

function splitMailbox(text: string): { readonly local: string; readonly host: string } | undefined {
  const at = text.lastIndexOf('@');
  const host = text.slice(at + 1);
  return at > 0 && isHostName(host) ? { local: text.slice(0, at), host } : undefined;
}

/** Of a URI with an authority. An address in place of a name is nothing that can be constrained. */
function hostOf(uri: string): string | undefined {
  const [, host] =
    /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@\\]*@)?([^/?#@:\\]+)(?::\d*)?(?:[/?#]|$)/i.exec(uri) ?? [];
  return host === undefined || /^[\d.]+$/.test(host) ? undefined : host;
}

/** `.domain` is for hosts below it, nothing at all for every host. */
function isHostWithin(
  host: string | undefined,
  constraint: string,
  takesHostsBelow: boolean,
): boolean | undefined {
  const domain = constraint.replace(/^\./, '');
  if (host === undefined || !isHostName(host) || !(constraint === '' || isHostName(domain))) return undefined;
  if (constraint === '') return true;
  const isBelow = isSameText(host.slice(-domain.length - 1), `.${domain}`);
  return constraint === domain ? isSameText(host, domain) || (takesHostsBelow && isBelow) : isBelow;
}

function isHostName(text: string): boolean {
  return text.split('.').every((label) => /^[!-?A-~]+$/.test(label));
}

/** Four or sixteen bytes against as many and their mask. */
function isAddressWithin(address: Buffer, range: Buffer): boolean | undefined {
  const { length } = address;
  if (![4, 16].includes(length) || ![8, 32].includes(range.length)) return undefined;
  if (range.length !== 2 * length) return false;
  return address.every((byte, index) => {
    const mask = range[length + index] ?? 0;
    return (byte & mask) === ((range[index] ?? 0) & mask);
  });
}

function isSameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Printable ASCII. */
function textOf({ content }: DerValue): string | undefined {
  const text = content.toString('latin1');
  return /^[!-~]*$/.test(text) ? text : undefined;
}

function show({ content }: DerValue): string {
  return JSON.stringify(content.toString('latin1').slice(0, 200));
}

function refusal(what: string, found: string): VerificationError {
  return new VerificationError('SIGNER_UNTRUSTED', `${what}: ${found}`, {
    hint: 'RFC 5280, section 4.2.1.10: the authority was made for other names than this.',
  });
}
