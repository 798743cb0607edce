/**
 * The report: one page that needs nothing else. No script, no font, no picture from elsewhere, which its policy (CSP,
 * level 3) says as well; its style is named there by digest. The same report gives the same bytes.
 */
import type { Change } from '../../formats/own/changes.ts';
import type { Expiring } from '../../model/trust-review.ts';
import { version } from '../../model/version.ts';
import { entryMarkup } from './entry.ts';
import { groups, type Group } from './groups.ts';
import { markup, type Markup } from './markup.ts';
import type { Report, ReportEntry } from './model.ts';
import { reportStyle } from './style.ts';
import { plural } from '../plural.ts';
import { signerText } from '../signer.ts';
import { platformsText, signerAuthority, timeText } from './words.ts';
import { byKey } from '../../formats/text/record.ts';

function keyOf({ chain, isRefused }: ReportEntry): string {
  if (isRefused) return 'refused';
  return chain?.assurance ?? 'none';
}

/** `styleDigest`: SHA-256 of `reportStyle`, in base64. */
export function renderReport(report: Report, styleDigest: string): string {
  const { manifests, entries } = report;
  const title =
    manifests.length === 1
      ? platformsText(manifests.map(({ fileName }) => fileName))
      : plural(manifests.length, 'manifest');
  const filled = groups.flatMap((group) => {
    const members = entries.filter((entry) => keyOf(entry) === group.key);
    return members.length === 0 ? [] : [{ ...group, members }];
  });
  const policy = `default-src 'none'; style-src 'sha256-${styleDigest}'; base-uri 'none'; form-action 'none'`;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="assay ${version}">
<title>${title}: who vouched for what</title>
<style>`;
  const rest = markup`</style>
</head>
<body>
<a class="skip" href="#entries">To the entries</a>
<header>
<h1>${title}</h1>
<p class="lead">Who vouched for each of ${plural(entries.length, 'entry', 'entries')}, and how one can check it.</p>
${factsMarkup(report)}
${stripeMarkup(filled, entries.length)}
</header>
<main id="entries" tabindex="-1">
${filled.map(groupMarkup)}
${sinceMarkup(report)}${signersMarkup(report)}${expiringMarkup(report)}${manifestsMarkup(report)}
</main>
<footer><p>Made by assay ${version} from manifests and the proofs beside them, at ${timeText(report.now)}. Nothing was fetched to make this page, and nothing is to read it.</p></footer>
</body>
</html>
`;
  return `${page.toString()}${reportStyle}${rest.toString()}`;
}

function factsMarkup({ manifests, entries, expiring, now }: Report): Markup {
  const refused = entries.filter(({ isRefused }) => isRefused).length;
  const expired = entries.filter(({ since }) => since !== undefined).length;
  const faults = manifests.flatMap((one) => one.faults).length;
  const isOver = ({ expires }: Expiring) => expires.getTime() <= now.getTime();
  const over = expiring.filter(isOver);
  const next = expiring.find((one) => !isOver(one));
  const named = ({ anchor, what, expires }: Expiring) => `${anchor}, ${what}, ${timeText(expires)}`;
  const outcome =
    refused + faults === 0 ? 'all hold' : `${plural(refused, 'entry is', 'entries are')} refused`;
  const facts: readonly (readonly [string, string])[] = [
    ['Judged again, offline', `${timeText(now)}: ${outcome}`],
    ...(expired === 0 ? [] : [['Held then, and not by now', plural(expired, 'entry', 'entries')] as const]),
    ...over.map((one) => ['Expired', named(one)] as const),
    ...(next === undefined ? [] : [['Next to expire', named(next)] as const]),
  ];
  return markup`<dl class="facts">${facts.map(([term, text]) => markup`<div><dt>${term}</dt><dd>${text}</dd></div>`)}</dl>`;
}

type Filled = Group & { readonly members: readonly ReportEntry[] };

/** Widths are those of a picture: the page's policy allows no style of an element's own. */
function stripeMarkup(filled: readonly Filled[], total: number): Markup {
  let x = 0;
  const bars = filled.map(({ key, members }) => {
    const width = (members.length / Math.max(total, 1)) * 1000;
    const bar = markup`<rect class="bar ${key}" x="${x.toFixed(1)}" y="0" width="${Math.max(width - 3, 2).toFixed(1)}" height="10" />`;
    x += width;
    return bar;
  });
  const items = filled.map(
    ({ key, legend, members }) =>
      markup`<li class="${key}"><svg class="dot" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true"><rect width="10" height="10" rx="2" /></svg> <b>${members.length}</b> ${legend}</li>`,
  );
  return markup`<svg class="stripe" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>
<ul class="legend">${items}</ul>`;
}

function groupMarkup({ key, title, about, members }: Filled): Markup {
  return markup`<section class="group ${key}" aria-labelledby="group-${key}">
<h2 id="group-${key}">${title}</h2>
<p>${about}</p>
${members.map((entry, at) => entryMarkup(entry, `${key}-${String(at + 1)}`))}</section>
`;
}

function sinceMarkup({ since }: Report): Markup {
  if (since === undefined) return markup``;
  const { revision, changes } = since;
  const rows = changes.changes.map(changeRow);
  const table =
    rows.length === 0
      ? markup`<p>Nothing differs.</p>`
      : tableMarkup(
          'What changed, most dangerous first',
          ['Entry', 'In', 'From', 'To', 'What differs'],
          rows,
        );
  return section('since', `Since ${revision}`, table);
}

function changeRow({ name, manifests, status, before, after, differences }: Change): readonly Markup[] {
  const told = differences.map(
    ({ what, from, to, lookAt }) =>
      markup`<li>${lookAt === true ? markup`<strong>${what}</strong>` : what}: ${from === '' ? 'none' : from} → ${to === '' ? 'none' : to}</li>`,
  );
  const files = manifests.map(({ kind, os, arch }) => `${kind}.${os}.${arch}.json`);
  return [
    markup`${name}`,
    markup`${platformsText(files)}`,
    markup`${before?.version ?? ''}`,
    markup`${after?.version ?? ''}`,
    told.length === 0 ? markup`${status}` : markup`<ul>${told}</ul>`,
  ];
}

function signersMarkup({ entries }: Report): Markup {
  const signed = entries.flatMap(({ name, chain }) =>
    (chain?.links ?? []).flatMap(({ signers }) => signers.map((signer) => ({ name, signer }))),
  );
  const ofKey = Map.groupBy(signed, ({ signer }) => `${signerText(signer)} ${signerAuthority(signer)}`);
  const rows = [...ofKey.entries()].toSorted(byKey).map(([, all]) => {
    const newest = all
      .flatMap(({ signer }) => signer.signedAt ?? [])
      .toSorted()
      .at(-1);
    const [first] = all;
    return [
      markup`<code>${first === undefined ? '' : signerText(first.signer)}</code>`,
      markup`${first === undefined ? '' : signerAuthority(first.signer)}`,
      markup`${[...new Set(all.map(({ name }) => name))].sort().join(', ')}`,
      markup`${newest === undefined ? 'no date' : timeText(newest)}`,
    ];
  });
  if (rows.length === 0) return markup``;
  const head = ['Key or identity', 'Anchor or issuer', 'Entries', 'Latest signature'];
  return section('signers', 'Signers', tableMarkup('Who signed, and for which entries', head, rows));
}

function expiringMarkup({ expiring, now }: Report): Markup {
  if (expiring.length === 0) return markup``;
  const rows = expiring.map(({ anchor, what, id, expires, noticeDays }) => {
    const days = Math.floor((expires.getTime() - now.getTime()) / 86_400_000);
    const left = days < 0 ? 'expired' : `in ${plural(days, 'day')}`;
    return [
      markup`${anchor}`,
      markup`${what}<br><code>${id}</code>`,
      markup`<time datetime="${expires.toISOString()}">${timeText(expires)}</time>`,
      days <= noticeDays ? markup`<strong>${left}</strong>` : markup`${left}`,
    ];
  });
  const head = ['Anchor', 'What', 'When', 'Left'];
  return section(
    'expiring',
    'What expires when',
    tableMarkup('Of the trust anchors, the next first', head, rows),
  );
}

function manifestsMarkup({ manifests }: Report): Markup {
  const rows = manifests.map(({ fileName, digest, faults }) => [
    markup`${fileName}`,
    markup`<code>${digest}</code>`,
    faults.length === 0 ? markup`none` : markup`<strong>${faults.join('; ')}</strong>`,
  ]);
  const head = ['File', 'Digest', 'Faults'];
  return section('manifests', 'Manifests', tableMarkup('What this page is about', head, rows));
}

function section(id: string, title: string, content: Markup): Markup {
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>
`;
}

/** The first cell of a row names it. A table that is too wide scrolls by itself, also from the keyboard. */
function tableMarkup(caption: string, head: readonly string[], rows: readonly (readonly Markup[])[]): Markup {
  const lines = rows.map(
    ([name, ...cells]) =>
      markup`<tr><th scope="row">${name ?? ''}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>
`,
  );
  return markup`<div class="table" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead><tbody>
${lines}</tbody></table></div>`;
}
