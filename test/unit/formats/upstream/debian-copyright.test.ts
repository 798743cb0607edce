import { describe, expect, it } from 'vitest';
import { licencesIn } from '../../../../src/formats/upstream/debian-copyright.ts';

const format = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n';
const read = (text: string) => licencesIn(Buffer.from(text));

describe('licences of a debian/copyright', () => {
  it('are those of its files, each once, under the names of SPDX', () => {
    const text = `${format}Upstream-Name: foo

Files: *
Copyright: 2020 Jemand
License: BSD-3-clause

Files: a/*
  b/*
Copyright: x
License: GPL-2+
 This is free software.
 .
 License: no field, since it is indented

Files: c
License: LGPL-2.1+
\t
Files: d
Copyright: é
License: GPL-2+ or Expat

License: Apache-2.0
 only a text that others refer to
`;
    expect(read(text)).toEqual(['BSD-3-Clause', 'GPL-2+ or Expat', 'GPL-2.0-or-later', 'LGPL-2.1-or-later']);
  });

  it('of the whole, from its head', () => {
    expect(read(`${format}License: Expat\n`)).toEqual(['MIT']);
  });

  it.each([
    ['prose', 'This package was debianized by\n\nLicense: GPL-2\n'],
    ['nothing', ''],
    ['a field that says two things', `${format}\nFiles: *\nLicense: MIT\nLicense: ISC\n`],
    ['a licence without a name', `${format}\nFiles: *\nLicense:\n text\n`],
  ])('nothing is said by %s', (_, text) => {
    expect(read(text)).toEqual([]);
  });
});
