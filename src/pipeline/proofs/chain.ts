/**
 * What a judgement told of itself (`verify/trail.ts`), as the one value that text, pictures and JSON are made from. What
 * the evidence names and no link speaks of is there as well: it was read.
 */
import type { EvidenceEntry } from '../../formats/own/evidence.ts';
import type { ProofChain, ProofLink, ProofNode } from '../../formats/own/proof-chain.ts';
import type { AssayError } from '../../model/errors.ts';
import type { Signer } from '../../model/verification.ts';
import type { Trust } from '../../verify/anchors/trust.ts';
import type { Link, Trail } from '../../verify/trail.ts';
import { hostWitness } from '../../verify/witnesses.ts';
import { ChainNodes, artifactId, type ChainRefusal } from './chain-nodes.ts';
import { handCommands } from './hand-commands.ts';

export interface ChainInput {
  /** The path of its file. */
  readonly manifest: string;
  readonly evidence: EvidenceEntry;
  readonly verdict: ProofChain['verdict'];
  readonly refusal: ChainRefusal | undefined;
  readonly since: AssayError | undefined;
  readonly trail: Pick<Trail, 'links' | 'unproven'>;
  readonly anchors: Trust['anchors'];
  /** Where documents are kept by digest. */
  readonly documentsDir: string;
}

/** Of an entry that has evidence; `hintFor`: what to do about a refusal. */
export function chainOf(input: ChainInput, hintFor: (error: AssayError) => string | undefined): ProofChain {
  const { manifest, evidence, verdict, refusal, since, trail } = input;
  const { version, url, digest, size, assurance, judgedAt } = evidence;
  const { name, type, os, arch, verification } = evidence.question;
  const nodes = new ChainNodes(input);
  const found = withHost(trail.links, evidence).map((link) => ({ link, drawn: drawnOf(link, nodes) }));
  const named = refusal && nodes.idNamedBy(refusal);
  const broken = refusal && brokenOf(found, refusal.error, named);
  const at = refusal && (named ?? broken?.drawn.to ?? artifactId);
  const held = found.filter(({ link }) => link.error === undefined && link !== broken?.link);
  const way =
    broken === undefined ? onTheWay(held, at ?? artifactId) : [...onTheWay(held, broken.drawn.from), broken];
  const links = (refusal === undefined ? held : way)
    .map(({ drawn }) => drawn)
    .sort((one, other) => nodes.orderOf(one.to) - nodes.orderOf(other.to));
  return {
    ...{ manifest, name, version, type, os, arch, verdict, assurance, method: verification.method, judgedAt },
    nodes: nodesOf(nodes, links, at, { kind: 'artifact', id: artifactId, url, digest, size }),
    links,
    notProven: refusal === undefined ? [...trail.unproven] : [],
    byHand: handCommands(
      way.map(({ link, drawn: { to } }) => ({ link, to })),
      input,
      nodes,
    ),
    ...(refusal && at !== undefined && { refusal: { at, ...told(refusal.error, hintFor(refusal.error)) } }),
    ...(since && { since: { code: since.code, message: since.message } }),
  };
}

/** What the host said when the entry was judged first, which nothing but the evidence tells of: beside what vouches. */
function withHost(links: readonly Link[], { witnesses = [] }: EvidenceEntry): readonly Link[] {
  const said = witnesses.filter(({ method }) => method === hostWitness);
  const against = 'what its host said of the file when it was asked';
  const checks = said.map(({ digest }) => ({ check: 'digest', value: digest, against }));
  const last = links.findLast(({ to, error }) => 'artifact' in to && error === undefined);
  return links.map((link) => (link === last ? { ...link, checks: [...link.checks, ...checks] } : link));
}

interface Found {
  readonly link: Link;
  readonly drawn: ProofLink;
}

function drawnOf({ from, to, beside = [], checks, signers = [], error }: Link, nodes: ChainNodes): ProofLink {
  return {
    from: nodes.idOf(from),
    to: nodes.idOf(to),
    beside: beside.map((one) => nodes.idOf(one)),
    holds: error === undefined,
    signers: signers.map(signerText),
    checks: [...checks],
  };
}

function signerText(signer: Signer): ProofLink['signers'][number] {
  const { signedAt } = signer;
  return { ...signer, ...(signedAt && { signedAt: signedAt.toISOString() }) } as ProofLink['signers'][number];
}

/** The link that leads to what is named, or takes it along; else the one that did not hold. */
function brokenOf(all: readonly Found[], error: AssayError, named: string | undefined): Found | undefined {
  const messages = messagesOf(error);
  const found =
    all.find(
      ({ drawn: { to, beside } }) => named !== undefined && (to === named || beside.includes(named)),
    ) ?? all.find(({ link }) => messagesOf(link.error).some((message) => messages.includes(message)));
  if (found === undefined) return undefined;
  const { link, drawn } = found;
  const { to } = drawn;
  const beside = named === undefined || named === to ? drawn.beside : [...new Set([...drawn.beside, named])];
  return { link, drawn: { ...drawn, beside, holds: false, checks: [], signers: [] } };
}

/** The links that lead to a node, the first of them first. */
function onTheWay(
  all: readonly Found[],
  id: string,
  seen: ReadonlySet<string> = new Set(),
): readonly Found[] {
  if (seen.has(id)) return [];
  const here = all.filter(({ drawn }) => drawn.to === id);
  const above = here.flatMap(({ drawn }) => onTheWay(all, drawn.from, new Set([...seen, id])));
  return [...new Set([...above, ...here])];
}

/** Of what is refused, nothing but what leads there. */
function nodesOf(
  nodes: ChainNodes,
  links: readonly ProofLink[],
  at: string | undefined,
  artifact: ProofNode,
): ProofNode[] {
  const linked = new Set(links.flatMap(({ from, to, beside }) => [from, to, ...beside]));
  const shown = at === undefined ? nodes.all() : nodes.all().filter(({ id }) => linked.has(id) || id === at);
  return at === undefined || at === artifact.id || linked.has(artifact.id)
    ? [...shown, artifact]
    : [...shown];
}

function told(error: AssayError, hint: string | undefined) {
  const { code, message, context } = error;
  const [expected, found] = [context['expected'], context['found']].map(said);
  return {
    ...{ code, message },
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
    ...(hint === undefined ? {} : { hint }),
  };
}

function said(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? value.map(String).join(', ') || 'none' : undefined;
}

/** Of an error, and of what caused it. */
function messagesOf(error: unknown): readonly string[] {
  return error instanceof Error ? [error.message, ...messagesOf(error.cause)] : [];
}
