/** One entry of the report: a line that says who vouches, and below it the whole chain. */
import type { ProofChain, ProofLink, ProofNode } from '../../formats/own/proof-chain.ts';
import { renderHandCommands } from '../hand-commands.ts';
import { chainPicture } from './chain-picture.ts';
import { markup, type Markup } from './markup.ts';
import type { ReportEntry } from './model.ts';
import { signerText } from '../signer.ts';
import { atBeginning, platformsText, roleName, signerAuthority, timeText } from './words.ts';

/** Of commands, in characters. */
const lineWidth = 110;

/** `id`: of this entry on the page. Everything is in the page, open or not, so that it is found and printed. */
export function entryMarkup(entry: ReportEntry, id: string): Markup {
  const { name, version, chain, isRefused } = entry;
  const body = chain === undefined ? noteMarkup('refusal', entry.remark) : chainMarkup(entry, chain, id);
  return markup`<details id="${id}" class="entry"${isRefused ? markup` open` : ''}><summary><span class="name">${name}</span> <span class="version">${version}</span> <span class="who">${whoOf(entry)}</span> <span class="where">${platformsText(entry.manifests)}</span> <span class="tag">${tagOf(entry)}</span></summary><div class="body">${body}</div></details>
`;
}

function chainMarkup(entry: ReportEntry, chain: ProofChain, id: string): Markup {
  return markup`${refusalMarkup(chain, entry.remark)}${noteMarkup('since', entry.since && `Judged by the time of then. By now: ${entry.since}`)}
<figure>${chainPicture(chain, 'across', `${id}-a`)}${chainPicture(chain, 'down', `${id}-d`)}</figure>
${linksMarkup(chain)}${factsMarkup(entry, chain)}${notProvenMarkup(chain)}${byHandMarkup(chain)}`;
}

function refusalMarkup({ refusal }: ProofChain, remark: string | undefined): Markup {
  if (refusal === undefined) return noteMarkup('refusal', remark);
  const { code, message, expected, found, hint } = refusal;
  return markup`<div class="note refusal"><p><strong>Refused</strong> (<code>${code}</code>): ${message}</p>${definitions(
    [
      ['Expected', codeOf(expected)],
      ['Found', codeOf(found)],
      ['What to do', hint],
    ],
  )}</div>`;
}

function linksMarkup(chain: ProofChain): Markup {
  const { links } = chain;
  if (links.length === 0) return markup``;
  return markup`<h3>What was checked</h3>
<ol class="links">${links.map((link) => linkMarkup(link, chain))}</ol>
`;
}

function linkMarkup({ from, to, beside, holds, signers, checks }: ProofLink, chain: ProofChain): Markup {
  const nameOf = (id: string) => {
    const node = chain.nodes.find((one) => one.id === id);
    return node === undefined ? id : nodeName(node);
  };
  const along = beside.length === 0 ? '' : ` with ${beside.map(nameOf).join(', ')}`;
  return markup`<li${holds ? '' : markup` class="broken"`}><p><b>${atBeginning(nameOf(from))}</b> vouches for <b>${nameOf(to)}</b>${along}${holds ? '' : markup`: <strong>this link does not hold</strong>`}</p>${listOf(
    [
      ...signers.map(
        (signer) =>
          markup`signed by <code>${signerText(signer)}</code>${signer.signedAt === undefined ? '' : ` on ${timeText(signer.signedAt)}`}`,
      ),
      ...checks.map(({ check, value, against }) => markup`${check}: <code>${value}</code> ${against}`),
    ],
  )}</li>`;
}

function factsMarkup({ manifests, file }: ReportEntry, chain: ProofChain): Markup {
  const { nodes, links, method, judgedAt } = chain;
  const anchors = nodes.flatMap((node) => (node.kind === 'anchor' ? [node] : []));
  const signers = links.flatMap((link) => link.signers);
  const whole = [...new Set(signers.map((one) => `${signerText(one)}, ${signerAuthority(one)}`))];
  return definitions([
    ['Signer', whole.length === 0 ? 'nobody' : whole.join('; ')],
    ...anchors.map(({ name, learnt }) => [`How ${name} was learnt`, learnt] as const),
    ['Method', method],
    ['File', codeOf(file?.url)],
    ['Digest', codeOf(file?.digest)],
    ['First believed', timeText(judgedAt)],
    ['In', manifests.join(', ')],
  ]);
}

function notProvenMarkup({ notProven }: ProofChain): Markup {
  if (notProven.length === 0) return markup``;
  const items = notProven.map(({ what, because }) => markup`<b>${what}</b>: ${because}`);
  return markup`<div class="note"><h3>Not proven</h3>${listOf(items)}</div>`;
}

function byHandMarkup({ byHand }: ProofChain): Markup {
  const lines = renderHandCommands(byHand, lineWidth);
  if (lines.length === 0) return markup``;
  // A line feed of a stranger's is shown as an escape: these are ours.
  return markup`<h3>The same by hand</h3><pre tabindex="0">${lines.map((line) => markup`${line}\n`)}</pre>`;
}

function nodeName(node: ProofNode): string {
  switch (node.kind) {
    case 'anchor':
      return `the anchor ${node.name}`;
    case 'origin':
      return node.host;
    case 'document':
      return roleName(node.role);
    case 'artifact':
      return 'the file';
  }
}

/** Whose word it is, in a few. */
function whoOf({ chain, remark }: ReportEntry): string {
  if (chain === undefined) return remark ?? '';
  const signers = chain.links.flatMap((link) => link.signers);
  const names = signers.map((one) =>
    one.method === 'sigstore' ? one.identity : (one.anchor ?? signerText(one)),
  );
  const origins = chain.nodes.flatMap((node) => (node.kind === 'origin' ? [node.host] : []));
  return [...new Set(names.length === 0 ? origins : names)].join(', ');
}

function tagOf({ chain, isRefused }: ReportEntry): string {
  if (isRefused) return 'refused';
  if (chain === undefined) return 'no file';
  return chain.verdict === 'up to the index' ? `${chain.assurance}, up to the index` : chain.assurance;
}

function noteMarkup(kind: string, text: string | undefined): Markup {
  return text === undefined ? markup`` : markup`<p class="note ${kind}">${text}</p>`;
}

function definitions(all: readonly (readonly [string, string | Markup | undefined])[]): Markup {
  const rows = all.flatMap(([term, text]) =>
    text === undefined ? [] : [markup`<div><dt>${term}</dt><dd>${text}</dd></div>`],
  );
  return rows.length === 0 ? markup`` : markup`<dl>${rows}</dl>`;
}

function codeOf(text: string | undefined): Markup | undefined {
  return text === undefined ? undefined : markup`<code>${text}</code>`;
}

function listOf(items: readonly Markup[]): Markup {
  return items.length === 0 ? markup`` : markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>`;
}
