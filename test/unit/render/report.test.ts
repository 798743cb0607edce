import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ProofChain } from '../../../src/formats/own/proof-chain.ts';
import { markup } from '../../../src/render/report/markup.ts';
import { aptChain, brokenChain, checksumChain } from '../../support/proof-chain-sample.ts';
import { entryOf, pageOf, sample } from '../../support/report-sample.ts';

const page = pageOf(sample);

/** All that a pattern finds, by its first group. */
function all(pattern: RegExp, text = page): readonly string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}

describe('the page', () => {
  it('has the weakest first, and what is refused before it, open', () => {
    expect(all(/<h2 id="group-(\w+)"/g)).toEqual(['refused', 'none', 'checksum', 'signed', 'attested']);
    expect(all(/<details id="([\w-]+)" class="entry" open>/g)).toEqual(['refused-1']);
    expect(all(/<span class="name">([^<]+)</g)).toEqual([
      ...['uidmap', 'vmconfig', 'zot', 'kubelet', 'libpq5', 'containerd'],
    ]);
  });

  it('leads nowhere else, and runs nothing', () => {
    expect(all(/(<(?:script|link|img|iframe|object|embed|base|form|meta http-equiv="refresh))/gi)).toEqual(
      [],
    );
    expect(all(/\s(href|src|srcset|action|style|on\w+)="(?!#)/gi)).toEqual([]);
    expect(all(/(url\(|@import)/gi)).toEqual([]);
  });

  it('has a policy that lets nothing in but its own style, by digest', () => {
    const [policy] = all(/http-equiv="Content-Security-Policy" content="([^"]+)"/g);
    const [style = ''] = all(/<style>([^]*?)<\/style>/g);
    const digest = createHash('sha256').update(style).digest('base64');
    const escaped = `default-src &#39;none&#39;; style-src &#39;sha256-${digest}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;`;
    expect(policy).toBe(escaped);
  });

  it('names what has expired as that, and what is next', () => {
    const facts = (now: string) =>
      /<dl class="facts">.*?<\/dl>/
        .exec(pageOf({ ...sample, now: new Date(now) }))![0]
        .replace(/<[^>]+>/g, ' ');
    expect(facts('2026-12-09T00:00:00Z')).toMatch(/Next to expire +sigstore, TUF root, 2026-12-10/);
    const later = facts('2026-12-10T00:00:00Z');
    expect(later).toMatch(/Expired +sigstore, TUF root, 2026-12-10/);
    expect(later).toMatch(/Next to expire +runc, key, 2027-04-20/);
  });

  it('is the same for the same', () => {
    expect(pageOf(structuredClone(sample))).toBe(page);
  });

  it('gives each element an ID of its own, and every reference one that is there', () => {
    const ids = all(/\sid="([^"]+)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    const named = [...all(/(?:labelledby|describedby)="([^"]+)"/g), ...all(/href="#([^"]+)"/g)].flatMap(
      (text) => text.split(' '),
    );
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('has one h1, headings that skip no level, and heads of rows and columns in tables', () => {
    const levels = all(/<h(\d)/g).map(Number);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.reduce((before, level) => {
      expect(level - before).toBeLessThanOrEqual(1);
      return level;
    }, 0);
    expect(
      all(/<th(?![^>]* scope="(?:row|col)")([^>]*)>/g).filter((rest) => !rest.startsWith('ead')),
    ).toEqual([]);
    expect(all(/(<caption>)/g)).toHaveLength(all(/(<table>)/g).length);
  });

  it('writes every digest, key and identity whole, besides the pictures', () => {
    const words = page.replaceAll(/<svg[^]*?<\/svg>/g, '');
    for (const text of [
      ...['5E04A1E3223A19A20706E20F9904613D4CCE68C6', `sha256:${'4'.repeat(64)}`],
      'krel-staging@k8s-releng-prod.iam.gserviceaccount.com, https://accounts.google.com',
      'Debian package debian-archive-keyring 2025.1',
      'gpgv --keyring ./debian-security.gpg InRelease',
    ]) {
      expect(words).toContain(markup`${text}`.toString());
    }
  });

  it('has the commands line by line', () => {
    expect(page).not.toContain('x0a');
    expect(page).toMatch(/^gpgv --keyring /m);
  });

  it('says when all was judged, what was judged by another time, and what expires', () => {
    expect(page).toContain('2026-11-28 12:00 UTC: 1 entry is refused');
    expect(page).toContain(
      'Judged by the time of then. By now: https://security.debian.org/InRelease was valid until',
    );
    expect(all(/<strong>(in \d+ days)<\/strong>/g)).toEqual(['in 11 days']);
    expect(page).toContain('<td>in 142 days</td>');
  });

  it('says "all hold" where all do, a fault of a file is a refusal, too', () => {
    const good = { ...sample, entries: [entryOf(aptChain)] };
    expect(pageOf(good)).toContain('UTC: all hold');
    const [first, ...others] = sample.manifests;
    const manifests = [{ ...first!, faults: ['expected another name'] }, ...others];
    const bad = pageOf({ ...good, manifests });
    expect(bad).not.toContain('all hold');
    expect(bad).toContain('<strong>expected another name</strong>');
  });

  it('shows the difference, what to look at in bold', () => {
    expect(page).toContain('<h2 id="since">Since HEAD~1</h2>');
    expect(page).toContain('<li><strong>signer</strong>: debian-archive → debian-security</li>');
    expect(
      pageOf({ ...sample, since: { ...sample.since!, changes: { manifests: [], changes: [] } } }),
    ).toContain('Nothing differs.');
    expect(pageOf({ ...sample, since: undefined })).not.toContain('id="since"');
  });
});

describe('a chain', () => {
  const pictureOf = (chain: ProofChain) =>
    all(/(<svg class="across"[^]*?<\/svg>)/g, pageOf({ ...sample, entries: [entryOf(chain)] }))[0] ?? '';

  it('is drawn with each node and link, and is told in words', () => {
    const picture = pictureOf(aptChain);
    expect(all(/<g class="node (\w+)"/g, picture)).toEqual([
      'anchor',
      'document',
      'document',
      'document',
      'artifact',
    ]);
    expect(all(/<g class="link (\w+)"/g, picture)).toEqual(['holds', 'holds', 'holds', 'holds']);
    expect(picture).toContain('<title id="signed-1-a-t">How libpq5 17.12-0+deb13u1 is vouched for</title>');
    expect(picture).toContain(
      'debian-security, then InRelease, then Packages, then Stanza of Packages, then libpq5_',
    );
  });

  it('ends at the link that does not hold', () => {
    const picture = pictureOf(brokenChain);
    expect(all(/<g class="link (\w+)"/g, picture)).toEqual(['holds', 'broken']);
    expect(all(/<g class="node (\w+(?: refused)?)"/g, picture)).toEqual([
      'anchor',
      'document',
      'document refused',
    ]);
  });

  it('that leads back to itself is drawn all the same', () => {
    const [first] = checksumChain.links;
    const links = [...checksumChain.links, { ...first!, from: 'artifact', to: 'origin' }];
    expect(all(/<g class="node (\w+)"/g, pictureOf({ ...checksumChain, links }))).toHaveLength(3);
  });
});

describe('what strangers wrote', () => {
  const hostile = `"><script>alert(1)</script>'&\u202e\n`;

  /** The same value, with every text in it followed by the hostile one, but for what code decides by. */
  function poisoned(value: unknown, key = ''): unknown {
    if (typeof value === 'string') return decidedBy.has(key) ? value : value + hostile;
    if (value instanceof Date || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((one) => poisoned(one, key));
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, poisoned(one, name)]));
  }
  const decidedBy = new Set([
    ...['kind', 'id', 'from', 'to', 'beside', 'of', 'at', 'verdict', 'assurance', 'method', 'status'],
  ]);

  it('is text, wherever it stands', () => {
    const bad = pageOf(poisoned(sample) as typeof sample);
    expect(bad).not.toContain('<script');
    expect(bad).not.toContain('\u202e');
    const tags = (text: string) => all(/<(\/?\w+)/g, text);
    // Widths differ, and lines; elements do not.
    expect(tags(bad)).toEqual(tags(page));
  });
});
