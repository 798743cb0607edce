/** Annotations: what a job of GitHub Actions shows beside a file, or of the run as a whole. */
import type { Message, Reporter } from './ports.ts';

/** Where an annotation belongs: a job's page shows it beside the line. */
export interface AnnotatedPlace {
  /** As the user named it, from the working directory. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly column?: number;
  readonly title?: string;
}

/** For a runner of GitHub Actions warnings are annotations, and errors that have a place; for people they are lines. */
export interface AnnotatingReporter extends Reporter {
  /** For layouts, in characters; undefined where nobody says. */
  readonly width: () => number | undefined;
  warn(message: Message, place?: AnnotatedPlace): void;
  error(message: Message, place?: AnnotatedPlace): void;
}

/**
 * A workflow command that makes a runner of GitHub Actions show a message. Values are escaped as @actions/core does it: of
 * a message what ends a line, of a property also what ends a property.
 */
export function annotation(level: 'warning' | 'error', place: AnnotatedPlace, message: string): string {
  const { file, line, column: col, title } = place;
  const given = Object.entries({ file, line, col, title }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`],
  );
  return `::${level}${given.length === 0 ? '' : ` ${given.join(',')}`}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
