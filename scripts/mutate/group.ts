/** Questions that are asked together, and what to make of it when the process that is asked comes to no end. */
import type { Step } from './batch.ts';

/** Whether this test file notices that mutant. */
export interface Question {
  readonly mutant: number;
  readonly file: string;
  /** Of the file, those that met it; '' stands for all. */
  readonly tests: readonly string[];
}

/** No mutant: the file as it is. What fails then was broken by what came before it. */
export const control: Omit<Question, 'file'> = { mutant: 0, tests: [''] };
/** Questions to one file, and a control in the end, by which all of them are believed or none. */
export class Group {
  readonly file: string;
  readonly questions: readonly Question[];
  readonly steps = new Map<number, Step>();

  constructor(questions: readonly Question[]) {
    this.file = questions[0]?.file ?? '';
    this.questions = questions;
  }

  /** What is asked in a process of its own: what brought this one to a halt, or all where the control failed. */
  doubtful(): readonly Question[] {
    const ofControl = this.steps.get(control.mutant);
    if (ofControl === 'survived') return [];
    if (ofControl === 'killed' || ofControl === 'runs') return this.questions;
    const halted = this.#at('runs')[0] ?? this.#at('loads').at(-1);
    return this.questions.filter(({ mutant }) => mutant === halted);
  }

  unanswered(): readonly Question[] {
    if (this.steps.get(control.mutant) === 'survived') return [];
    const doubtful = new Set(this.doubtful());
    return this.questions.filter((question) => !doubtful.has(question));
  }

  #at(step: Step): number[] {
    return [...this.steps].filter(([, at]) => at === step).map(([mutant]) => mutant);
  }
}
