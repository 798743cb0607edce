/** The report's style: light and dark, wide and narrow, on paper. Contrasts are at least 4.5 to 1 (WCAG 2.2, AA). */
export const reportStyle = `
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #1d1c1a; --quiet: #625f58; --line: #dedbd1; --card: #fff;
  --attested: #2a6a4a; --signed: #2f629b; --checksum: #855a05; --pinned: #8a4413; --none: #6b4e8e; --refused: #a62b1b;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
@media (prefers-color-scheme: dark) { :root { --paper: #171613; --ink: #ebe8e0; --quiet: #a9a59a; --line: #3a3832; --card: #201f1b;
  --attested: #74c39b; --signed: #8ab8ea; --checksum: #e2b453; --pinned: #e59a6a; --none: #c3a7e6; --refused: #f0907c; } }
:root { font-size: 16px; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 2.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.15rem; margin: 2.75rem 0 .25rem; }
h2 + p { margin: 0 0 .75rem; color: var(--quiet); max-width: 46rem; }
h3 { font-size: .95rem; margin: 1.1rem 0 .25rem; }
p { margin: .25rem 0; }
.lead { color: var(--quiet); }
code, pre, .version { font-family: var(--mono); font-size: .86em; }
.skip { position: absolute; left: -100vw; } .skip:focus { position: static; }
:focus-visible { outline: 2px solid var(--signed); outline-offset: 2px; }
main:focus { outline: none; }
.attested { --c: var(--attested); } .signed { --c: var(--signed); } .checksum { --c: var(--checksum); } .pinned { --c: var(--pinned); }
.none { --c: var(--none); } .refused { --c: var(--refused); }
dl { margin: .5rem 0 0; font-size: .92rem; }
dl > div { display: grid; grid-template-columns: 10.5rem 1fr; gap: 0 1rem; padding: .1rem 0; }
dd code { font-size: .92em; } dt { color: var(--quiet); } dd { margin: 0; min-width: 0; }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 2.25rem; margin-top: 1.1rem; }
.facts > div { display: block; padding: 0; } .facts dt { font-weight: 600; color: var(--ink); display: inline; } .facts dd { display: inline; }
.facts dt::after { content: ":\\00a0"; }
.stripe { display: block; width: 100%; height: .65rem; margin: 1.5rem 0 .6rem; }
.bar, .dot rect { fill: var(--c); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.6rem; margin: 0; padding: 0; list-style: none; font-size: .92rem; }
.entry { border-top: 1px solid var(--line); }
.entry:last-of-type { border-bottom: 1px solid var(--line); }
summary { display: grid; grid-template-columns: .8rem minmax(8rem, 1.1fr) minmax(6.5rem, .9fr) minmax(10rem, 1.7fr) minmax(12.5rem, 1.5fr) 5rem;
  gap: 0 .9rem; align-items: baseline; padding: .55rem .25rem; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ""; width: 0; height: 0; border: .3rem solid transparent; border-left: .45rem solid var(--c); border-right: 0; align-self: start; margin-top: .5rem; }
[open] > summary::before { transform: rotate(90deg); }
summary:hover { background: color-mix(in srgb, var(--c) 8%, transparent); }
.name { font-weight: 600; }
.who, .where { color: var(--quiet); font-size: .9rem; }
.tag { font-size: .85rem; color: var(--c); text-align: right; }
.body { padding: .25rem .25rem 1.5rem 1.95rem; }
figure { margin: .5rem 0 .75rem; }
figure svg { max-width: 100%; height: auto; }
figure .down { display: none; }
.node rect { fill: var(--card); stroke: var(--line); }
.anchor rect, .origin rect, .artifact rect { stroke: var(--c); stroke-width: 1.5; }
.node.refused rect { stroke: var(--refused); stroke-width: 2; stroke-dasharray: 5 3; }
svg text { fill: var(--ink); font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
svg .title { font-weight: 600; font-size: 12.5px; } svg .about, svg .when { fill: var(--quiet); font-size: 11px; }
svg .digest { fill: var(--quiet); font: 10.5px var(--mono); }
.link path { fill: none; stroke: var(--quiet); stroke-width: 1.25; } .link .head { fill: var(--quiet); stroke: none; }
.link text { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
.beside path { stroke-dasharray: 3 3; }
.broken path { stroke: var(--refused); stroke-dasharray: 2 4; stroke-width: 2; } .broken .head { fill: var(--refused); }
.broken text { fill: var(--refused); font-weight: 600; }
.links { margin: 0; padding-left: 1.4rem; font-size: .92rem; } .links ul, .note ul, td ul { margin: 0; padding-left: 1.1rem; }
.links > li { margin: .3rem 0; } .links ul li { color: var(--quiet); } .links li li code { color: var(--ink); }
.links .broken { color: var(--refused); }
.note { border-left: 3px solid var(--c); padding: .1rem .8rem; margin: .9rem 0 0; font-size: .92rem; max-width: 46rem; }
.note h3 { margin: .25rem 0; } .note.refusal, .note.since { --c: var(--refused); }
pre { margin: .4rem 0 0; padding: .6rem .8rem; background: var(--card); border: 1px solid var(--line); border-radius: 4px; overflow-x: auto; overflow-wrap: normal; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
caption { text-align: left; color: var(--quiet); padding-bottom: .5rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .9rem .4rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; min-width: 6rem; }
thead th { border-top: 0; color: var(--quiet); font-weight: 600; } tbody th { font-weight: 600; }
strong { color: var(--refused); }
footer { margin-top: 3rem; color: var(--quiet); font-size: .88rem; }
@media (max-width: 46rem) {
  body { padding: 1.5rem .9rem 3rem; }
  summary { grid-template-columns: .8rem 1fr auto; } .who, .where { grid-column: 2 / -1; } .tag { grid-column: 2 / -1; text-align: left; }
  .body { padding-left: .25rem; } dl > div { display: block; padding: .2rem 0; }
  figure .across { display: none; } figure .down { display: block; } }
@media print {
  :root { --paper: #fff; --ink: #000; --quiet: #444; --line: #bbb; --card: #fff; --attested: #2a6a4a; --signed: #2f629b; --checksum: #855a05; --pinned: #8a4413; --none: #6b4e8e; --refused: #a62b1b; }
  :root { font-size: 10.5px; } * { print-color-adjust: exact; }
  @page { margin: 14mm; }
  body { max-width: none; padding: 0; }
  .skip { display: none; } summary::before { visibility: hidden; } h2 { margin-top: 1.75rem; } .entry::details-content { content-visibility: visible; block-size: auto; }
  h2, h3, summary { break-after: avoid; } figure, tr, .note, li { break-inside: avoid; }
  figure svg { zoom: .75; } pre { white-space: pre-wrap; overflow-wrap: anywhere; } .table { overflow: visible; } }
`;
