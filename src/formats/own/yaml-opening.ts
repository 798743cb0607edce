/** Where a mistake of YAML's syntax is to be shown. */
import { isCollection, isScalar, visit, type Document, type YAMLError } from 'yaml';

/** What was never closed is found at the end, which is nowhere near: the place is where it was opened. */
export function openingOf(document: Document.Parsed, { code, message, pos: [at] }: YAMLError): number {
  if (code !== 'MISSING_CHAR' && !/^Flow (?:map|sequence)/.test(message)) return at;
  let opening = at;
  visit(document.contents, {
    Node: (_, node) => {
      const isOpened = isCollection(node)
        ? node.flow === true
        : isScalar(node) && node.type?.startsWith('QUOTE_') === true;
      const [start, end] = node.range ?? [at, at];
      if (isOpened && start < at && at <= end) opening = start;
    },
  });
  return opening;
}
