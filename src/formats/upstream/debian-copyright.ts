/**
 * The licences that a `debian/copyright` names, where it is written for machines (copyright-format 1.0). Others are
 * prose, and say nothing here.
 */
import { AssayError } from '../../model/errors.ts';
import { parseStanza, stanzasOf } from './deb822.ts';

/** Under their names in SPDX where those are known, or as written; each once, in the order of their names. */
export function licencesIn(copyright: Uint8Array): readonly string[] {
  const [head, ...stanzas] = stanzasOf(copyright);
  if (!/^format:[ \t]*\S*copyright-format\/1\.0/im.test(head?.toString('latin1') ?? '')) return [];
  const ofFiles = stanzas.filter((stanza) => /^files[ \t]*:/im.test(stanza.toString('latin1')));
  const names = [head ?? [], ofFiles].flat().flatMap(licenceIn);
  return [...new Set(names)].sort();
}

function licenceIn(stanza: Buffer): readonly string[] {
  try {
    const field = parseStanza(stanza, 'debian/copyright').get('license');
    const name = Buffer.from(field?.value ?? '', 'latin1')
      .toString('utf8')
      .trim();
    return name === '' ? [] : [spdxNameOf(name)];
  } catch (error) {
    // What cannot be read says nothing.
    if (error instanceof AssayError) return [];
    throw error;
  }
}

const others: Readonly<Record<string, string>> = {
  expat: 'MIT',
  'bsd-2-clause': 'BSD-2-Clause',
  'bsd-3-clause': 'BSD-3-Clause',
  'bsd-4-clause': 'BSD-4-Clause',
  'mpl-1.1': 'MPL-1.1',
  'mpl-2.0': 'MPL-2.0',
  isc: 'ISC',
  zlib: 'Zlib',
  artistic: 'Artistic-1.0-Perl',
  'artistic-2.0': 'Artistic-2.0',
};

/** The format's short names: `GPL-2+` is GPL-2.0-or-later. An expression of several stays as it is written. */
function spdxNameOf(name: string): string {
  const gnu = /^(AGPL|GPL|LGPL|GFDL)-(\d)(\.\d)?(\+?)$/.exec(name);
  if (gnu !== null) {
    const [, family = '', major = '', minor = '.0', plus] = gnu;
    return `${family}-${major}${minor}-${plus === '+' ? 'or-later' : 'only'}`;
  }
  const apache = /^apache-(\d)(\.\d)?$/i.exec(name);
  if (apache !== null) return `Apache-${apache[1] ?? ''}${apache[2] ?? '.0'}`;
  return others[name.toLowerCase()] ?? name;
}
