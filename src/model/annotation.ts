/** Annotations: what a job of GitHub Actions shows beside a file. */
import type { Message, Reporter } from './ports.ts';

/** Where an annotation belongs: a job's page shows it beside the file. */
export interface AnnotatedPlace {
  readonly file: string;
  readonly title: string;
}

export interface AnnotatingReporter extends Reporter {
  /** A warning or an error about a file: for a runner of GitHub Actions as an annotation, for people a line as any other. */
  annotate(level: 'warning' | 'error', place: AnnotatedPlace, message: Message): void;
}

/**
 * A workflow command that makes a runner of GitHub Actions show a message beside a file. Values are escaped as
 * @actions/core does it: of a message what ends a line, of a property also what ends a property.
 */
export function annotation(level: 'warning' | 'error', place: AnnotatedPlace, message: string): string {
  const given = (['file', 'title'] as const).map((name) => `${name}=${escapeProperty(place[name])}`);
  return `::${level} ${given.join(',')}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
