/** The groups that a report puts entries into, by how strongly they are vouched for, and what each means. */

export interface Group {
  readonly key: string;
  readonly title: string;
  readonly about: string;
  readonly legend: string;
}

/** The weakest first. */
export const groups: readonly Group[] = [
  {
    key: 'refused',
    title: 'Refused',
    about: 'Something of these does not hold. Nothing should rely on them until it is known why.',
    legend: 'refused: a link does not hold',
  },
  {
    key: 'none',
    title: 'No file yet',
    about: 'What is under development: the entry names no file, and nobody vouches for one.',
    legend: 'without a file',
  },
  {
    key: 'pinned',
    title: 'Pinned by hand',
    about:
      'Nobody vouches for these: somebody wrote their digest into the catalogue, and why. They are those bytes, whoever made them.',
    legend: 'pinned: a digest that a person wrote down',
  },
  {
    key: 'checksum',
    title: 'Nobody signed these',
    about:
      'The digest is what the origin’s server said over TLS. Whoever controls it decides what it is; from then on the manifest holds it to that.',
    legend: 'checksum: the origin’s word',
  },
  {
    key: 'signed',
    title: 'Signed by their publishers',
    about:
      'Each signature was made by a pinned key, or by a pinned identity whose signature a public log dates. What it covers, and what it leaves open, stands with each entry.',
    legend: 'signed: the publisher’s signature covers the digest',
  },
  {
    key: 'attested',
    title: 'Attested by their builders',
    about: 'A signed statement of who built it, from what, names this file and its digest.',
    legend: 'attested: signed provenance names file and digest',
  },
];
