/**
 * A chain as text: what vouches above, what is vouched for below, and between them what was compared. One colour: that of
 * what does not hold.
 */
import {
  treesOf,
  type ProofChain,
  type ProofLink,
  type ProofNode,
  type ProofTree,
} from '../formats/own/proof-chain.ts';
import { escapeUnprintable } from '../model/printable.ts';
import {
  bytesText,
  checkFacts,
  factsOf,
  shown,
  signedTime,
  signerFacts,
  timeText,
  valueText,
} from './chain-facts.ts';
import { renderHandCommands } from './hand-commands.ts';
import { widthOf } from '../model/text-width.ts';
import { wrap } from './wrap.ts';

type Refusal = NonNullable<ProofChain['refusal']>;

export interface ChainLine {
  readonly text: string;
  /** Of what does not hold. */
  readonly isBad: boolean;
}

const margin = '  ';

/** `width`: in characters. What is longer, and one word, stays whole. */
export function renderChain(chain: ProofChain, width: number): readonly ChainLine[] {
  const draw = new Drawing(chain, width);
  const { leading, others } = divided(treesOf(chain), chain);
  return [
    ...draw.head(),
    ...leading.flatMap((tree) => [blank, ...draw.tree(tree, margin)]),
    ...draw.section(
      'read as well',
      others.flatMap((tree) => draw.brief(tree, margin + margin)),
    ),
    ...draw.section('not proven', draw.unproven()),
    ...draw.section(
      'by hand',
      renderHandCommands(chain.byHand, width - 2 * margin.length).map((text) =>
        line(margin + margin + escapeUnprintable(text)),
      ),
    ),
  ];
}

/** What leads to the artifact, or to what is refused; and what was read beside it, such as the other suites. */
function divided(trees: readonly ProofTree[], chain: ProofChain) {
  const others: ProofTree[] = [];
  const leadsOn = ({ node, link, children }: ProofTree): boolean =>
    node.kind === 'artifact' ||
    node.id === chain.refusal?.at ||
    link?.holds === false ||
    children.some(leadsOn);
  const leading = (some: readonly ProofTree[]): readonly ProofTree[] =>
    some.flatMap((tree) => {
      if (leadsOn(tree)) return [{ ...tree, children: leading(tree.children) }];
      others.push(tree);
      return [];
    });
  return { leading: leading(trees), others };
}

const blank = line('');

function line(text: string, isBad = false): ChainLine {
  return { text, isBad };
}

class Drawing {
  readonly #chain: ProofChain;
  readonly #width: number;

  constructor(chain: ProofChain, width: number) {
    this.#chain = chain;
    this.#width = width;
  }

  head(): readonly ChainLine[] {
    const { name, version, type, os, arch, nodes, assurance, verdict, manifest, judgedAt } = this.#chain;
    const artifact = nodes.find(({ kind }) => kind === 'artifact');
    const size = artifact?.kind === 'artifact' ? bytesText(artifact.size) : '';
    const what = `${shown(name)} ${shown(version)}  ${type}  ${size}`.trimEnd();
    const said = verdict === 'refused' ? 'REFUSED' : `${assurance}, ${verdict}`;
    const gap = this.#width - widthOf(what) - widthOf(said);
    const first = gap < 2 ? [what, said] : [what + ' '.repeat(gap) + said];
    const since = this.#chain.since;
    return [
      ...first.map((text) => line(text, verdict === 'refused')),
      ...this.#wrap(shown(manifest, 1000)),
      ...this.#wrap(`for ${os} ${arch}, judged first at ${timeText(judgedAt)}`),
      ...(since === undefined
        ? []
        : this.#wrap(`and would be refused if that were now: ${shown(since.message, 2000)} [${since.code}]`)),
    ];
  }

  /** A node, what it vouches for below it; several things side by side, each at a branch of its own. */
  tree({ node, children }: ProofTree, prefix: string): readonly ChainLine[] {
    const isLast = children.length === 0;
    const below = prefix + (isLast ? '  ' : '│ ');
    return [
      ...this.#node(node, prefix, below),
      ...(children.length === 1
        ? children.flatMap((child) => [...this.#link(child.link, below), ...this.tree(child, prefix)])
        : children.flatMap((child, index) => this.#branch(child, prefix, index === children.length - 1))),
    ];
  }

  #branch(child: ProofTree, prefix: string, isLast: boolean): readonly ChainLine[] {
    const inside = prefix + (isLast ? '  ' : '│ ');
    return [
      line(`${prefix}${isLast ? '└─┐' : '├─┐'}`),
      ...this.#link(child.link, `${inside}│ `),
      ...this.tree(child, inside),
    ];
  }

  /** What was read, and when it was signed; not what was compared. */
  brief({ node, link, children }: ProofTree, prefix: string): readonly ChainLine[] {
    const { title, facts } = factsOf(node);
    const signed = link?.signers.map(({ signedAt }) => `, signed ${signedTime(signedAt)}`) ?? [];
    const below = prefix + margin;
    return [
      ...this.#wrap(`${title}${signed[0] ?? ''}`, prefix, below),
      ...(node.kind === 'document' ? facts.flatMap((fact) => this.#wrap(fact, below)) : []),
      ...children.flatMap((child) => this.brief(child, below)),
    ];
  }

  section(title: string, lines: readonly ChainLine[]): readonly ChainLine[] {
    return lines.length === 0 ? [] : [blank, ...this.#wrap(title, margin), ...lines];
  }

  unproven(): readonly ChainLine[] {
    const [first, rest] = [margin.repeat(2), margin.repeat(3)];
    return this.#chain.notProven.flatMap(({ what, because }) => [
      ...this.#wrap(shown(what), first, rest),
      ...this.#wrap(`because: ${valueText(because)}`, rest),
    ]);
  }

  #node(node: ProofNode, prefix: string, below: string): readonly ChainLine[] {
    const { refusal } = this.#chain;
    const { title, facts } = factsOf(node);
    const told = facts.flatMap((fact) => this.#wrap(fact, below));
    if (node.id !== refusal?.at) return [...this.#wrap(title, prefix, below), ...told];
    return [...this.#wrap(`✗ ${title}`, prefix, below, true), ...told, ...this.#refused(refusal, below)];
  }

  #refused({ code, message, expected, found, hint }: Refusal, prefix: string): readonly ChainLine[] {
    const lines = [
      `${shown(message, 4000)} [${code}]`,
      ...(expected === undefined ? [] : [`expected  ${shown(expected, 1000)}`]),
      ...(found === undefined ? [] : [`found     ${shown(found, 1000)}`]),
    ];
    const more = `${prefix}  `;
    return [
      ...lines.flatMap((text) => this.#wrap(text, prefix, more, true)),
      ...(hint === undefined ? [] : this.#wrap(`what to do: ${shown(hint, 1000)}`, prefix, more)),
    ];
  }

  #link(link: ProofLink | undefined, prefix: string): readonly ChainLine[] {
    if (link === undefined) return [];
    const more = `${prefix}  `;
    const beside = this.#chain.nodes.filter(({ id }) => link.beside.includes(id));
    const signers = link.signers.flatMap(signerFacts);
    const to = this.#chain.nodes.find(({ id }) => id === link.to);
    const digest = to !== undefined && 'digest' in to ? to.digest : undefined;
    return [
      ...signers.flatMap((text) => this.#wrap(text, prefix, more)),
      ...checkFacts(link.checks, digest).flatMap((text) => this.#wrap(`✓ ${text}`, prefix, more)),
      ...beside.flatMap((node) => this.#beside(node, prefix)),
      line(`${prefix.slice(0, -2)}${link.holds ? '▼' : '✗'}`, !link.holds),
    ];
  }

  /** A document that a link takes along. */
  #beside(node: ProofNode, prefix: string): readonly ChainLine[] {
    const { refusal } = this.#chain;
    const { title, facts } = factsOf(node);
    const more = `${prefix}  `;
    const isBad = node.id === refusal?.at;
    return [
      ...this.#wrap(`${isBad ? '✗ ' : ''}with ${title}`, prefix, more, isBad),
      ...facts.flatMap((text) => this.#wrap(text, more)),
      ...(isBad ? this.#refused(refusal, more) : []),
    ];
  }

  #wrap(text: string, first = '', rest = first, isBad = false): readonly ChainLine[] {
    return wrap(text, this.#width, first, rest).map((one) => line(one, isBad));
  }
}
