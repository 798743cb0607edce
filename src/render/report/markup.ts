/**
 * HTML out of text that upstreams and key owners wrote: nothing of it is markup, whatever it holds. What is put into
 * `markup` is escaped, for text and quoted attributes alike, unless `markup` made it.
 */
import { escapeUnprintable } from '../../model/printable.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is HTML; `markup` alone makes it. */
class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type { Markup };

type Value = string | number | Markup | readonly Value[];

/** A template of HTML: `markup`<p title="${text}">${text}</p>``. Lists are put one after another. */
export function markup(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(
    strings.map((text, at) => (at === 0 ? text : textOf(values[at - 1] ?? '') + text)).join(''),
  );
}

function textOf(value: Value): string {
  if (value instanceof Markup) return value.toString();
  if (typeof value === 'object') return value.map(textOf).join('');
  return escapeUnprintable(String(value)).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
