/**
 * A chain as inline SVG: nodes in the order of vouching, from what is trusted by itself to the artifact; an arrow a link.
 * Along a line for wide screens and paper, or down one for narrow ones. The words are also in the list below it.
 */
import type { ProofChain, ProofLink, ProofNode } from '../../formats/own/proof-chain.ts';
import { bytesText } from '../chain-facts.ts';
import { markup, type Markup } from './markup.ts';
import { baseName, cut, roleName, shortDigest } from './words.ts';

export type Direction = 'across' | 'down';

/** In the units of the view box, which are pixels at full size. */
const box = { width: 178, height: 66 };
const gap: Readonly<Record<Direction, { readonly layer: number; readonly lane: number }>> = {
  across: { layer: 96, lane: 22 },
  down: { layer: 52, lane: 20 },
};

interface Place {
  readonly node: ProofNode;
  readonly x: number;
  readonly y: number;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  /** Undefined for what is verified along with another. */
  readonly link: ProofLink | undefined;
}

interface Drawn {
  readonly from: Place;
  readonly to: Place;
  readonly link: ProofLink | undefined;
  /** Do other links lead to the same node? */
  readonly meets: boolean;
}

export function chainPicture(chain: ProofChain, direction: Direction, id: string): Markup {
  const edges = edgesOf(chain);
  const places = placesOf(chain, edges, direction);
  const [right, bottom] = [
    Math.max(...places.map(({ x }) => x + box.width), direction === 'down' ? 300 : 0),
    Math.max(...places.map(({ y }) => y + box.height)),
  ];
  const byId = new Map(places.map((place) => [place.node.id, place]));
  const meets = ({ to, link }: Edge) =>
    edges.filter((other) => other.to === to && other.link !== undefined && link !== undefined).length > 1;
  const arrows = edges.flatMap((edge) => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
    return from === undefined || to === undefined
      ? []
      : [arrowOf({ from, to, link: edge.link, meets: meets(edge) }, direction)];
  });
  const [width, height] = [right + 4, bottom + 4];
  const path = places.map(({ node }) => linesOf(node)[0]).join(', then ');
  return markup`<svg class="${direction}" viewBox="-2 -2 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}-t" aria-describedby="${id}-d"><title id="${id}-t">How ${chain.name} ${chain.version} is vouched for</title><desc id="${id}-d">${path}. Every link is in the list that follows.</desc>${arrows}${places.map((place) => boxOf(place, chain))}</svg>`;
}

function edgesOf({ links }: ProofChain): readonly Edge[] {
  return links.flatMap((link) => [
    { from: link.from, to: link.to, link },
    ...link.beside.map((from) => ({ from, to: link.to, link: undefined })),
  ]);
}

/** In layers, each behind all that vouches for it: what is trusted by itself comes first, the artifact last. */
function placesOf(
  { nodes: all, refusal }: ProofChain,
  edges: readonly Edge[],
  direction: Direction,
): readonly Place[] {
  // Of a chain that breaks, what lies beyond the break was not looked at.
  const isReached = ({ id }: ProofNode) =>
    id === refusal?.at || edges.some(({ from, to }) => from === id || to === id);
  const nodes = all.some(isReached) ? all.filter(isReached) : all;
  const layers = new Map<string, number>();
  const layerOf = (id: string, above: readonly string[]): number => {
    const known = layers.get(id);
    if (known !== undefined || above.includes(id)) return known ?? 0;
    const before = edges.filter(({ to }) => to === id).map(({ from }) => layerOf(from, [...above, id]) + 1);
    const layer = Math.max(0, ...before);
    layers.set(id, layer);
    return layer;
  };
  for (const { id } of nodes) layerOf(id, []);
  // What nothing vouches for by itself stands just before what it belongs to.
  for (const { from, to, link } of edges) {
    if (link === undefined && !edges.some((edge) => edge.to === from)) {
      layers.set(from, Math.max(0, (layers.get(to) ?? 0) - 1));
    }
  }
  const columns = Map.groupBy(nodes, ({ id }) => layers.get(id) ?? 0);
  const widest = Math.max(...[...columns.values()].map((column) => column.length));
  const { layer: step, lane } = gap[direction];
  return [...columns].flatMap(([at, column]) =>
    column.map((node, index) => {
      const shift = direction === 'across' ? (widest - column.length) / 2 : 0;
      return direction === 'across'
        ? { node, x: at * (box.width + step), y: (index + shift) * (box.height + lane) }
        : { node, x: index * (box.width + lane), y: at * (box.height + step) };
    }),
  );
}

function arrowOf({ from, to, link, meets }: Drawn, direction: Direction): Markup {
  const across = direction === 'across';
  const start = across
    ? { x: from.x + box.width, y: from.y + box.height / 2 }
    : { x: from.x + box.width / 2, y: from.y + box.height };
  const end = across ? { x: to.x - 3, y: to.y + box.height / 2 } : { x: to.x + box.width / 2, y: to.y - 3 };
  const [middleX, middleY] = [(start.x + end.x) / 2, (start.y + end.y) / 2];
  const path = across
    ? `M${start.x} ${start.y}C${middleX} ${start.y} ${middleX} ${end.y} ${end.x} ${end.y}`
    : `M${start.x} ${start.y}C${start.x} ${middleY} ${end.x} ${middleY} ${end.x} ${end.y}`;
  const state = link === undefined ? 'beside' : link.holds ? 'holds' : 'broken';
  const head = across
    ? `M${end.x - 5} ${end.y - 4}L${end.x + 2} ${end.y}L${end.x - 5} ${end.y + 4}z`
    : `M${end.x - 4} ${end.y - 5}L${end.x} ${end.y + 2}L${end.x + 4} ${end.y - 5}z`;
  // At the end that no other arrow of its kind has: labels of arrows that part, or meet, stand apart.
  const own = from.y === to.y || meets ? start : end;
  const at = across
    ? { x: middleX, y: own.y, anchor: 'middle' }
    : { x: (meets ? start.x : end.x) + 10, y: middleY + 6, anchor: 'start' };
  const [what, when] = link === undefined ? ['', ''] : labelOf(link);
  return markup`<g class="link ${state}"><path d="${path}" /><path class="head" d="${head}" /><text x="${at.x}" y="${at.y - 7}" text-anchor="${at.anchor}">${what}</text><text class="when" x="${at.x}" y="${at.y + 15 - (across ? 0 : 8)}" text-anchor="${at.anchor}">${when}</text></g>`;
}

/** What makes the link, and of a signature its day. */
function labelOf({ signers, checks, holds }: ProofLink): readonly [string, string] {
  if (!holds) return ['does not hold', ''];
  const [signer] = signers;
  if (signer !== undefined) return ['signature', signer.signedAt?.slice(0, 10) ?? ''];
  return [cut(checks[0]?.check ?? 'named by it', 17), ''];
}

function boxOf({ node, x, y }: Place, { refusal }: ProofChain): Markup {
  const [first, second, third] = linesOf(node);
  const state = refusal?.at === node.id ? ' refused' : '';
  return markup`<g class="node ${node.kind}${state}"><rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6" /><text class="title" x="${x + 12}" y="${y + 21}">${cut(first, 20)}</text><text class="about" x="${x + 12}" y="${y + 38}">${cut(second, 24)}</text><text class="digest" x="${x + 12}" y="${y + 54}">${cut(third, 22)}</text></g>`;
}

function linesOf(node: ProofNode): readonly [string, string, string] {
  switch (node.kind) {
    case 'anchor':
      return [node.name, 'trust anchor', shortDigest(node.pinned[0] ?? '')];
    case 'origin':
      return [node.host, 'its word over TLS', ''];
    case 'document':
      return [roleName(node.role), baseName(node.url), shortDigest(node.digest ?? '')];
    case 'artifact':
      return [baseName(node.url), bytesText(node.size), shortDigest(node.digest)];
  }
}
