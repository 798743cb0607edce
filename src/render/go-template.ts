/**
 * Text that is filled in later by Go's text/template, as nstance-server does it for each VM. Of that language assay knows
 * the field, `{{ .Instance.ID }}`, and `{{"{{"}}` for two braces that stay. All else that begins with two braces is refused:
 * what it would become cannot be told here.
 */

/** A dot and names, without pipelines, calls, and `{{-`, which eats what stands before it. */
const action = /\{\{[ \t]*(?:(?:\.[A-Za-z_][A-Za-z0-9_]*)+|"\{\{")[ \t]*\}\}/y;

export function hasAction(text: string): boolean {
  return text.includes('{{');
}

/** What is wrong with it, for a person; undefined where the filling in replaces fields alone. */
export function templateProblem(text: string): string | undefined {
  for (let at = text.indexOf('{{'); at >= 0; at = text.indexOf('{{', action.lastIndex)) {
    action.lastIndex = at;
    if (!action.test(text))
      return 'may have fields like {{ .Instance.ID }}, and for other braces {{"{{"}}: nothing else begins with "{{"';
  }
  return undefined;
}

/** The template that is filled in to be this text. */
export function asTemplate(text: string): string {
  return text.replaceAll('{{', '{{"{{"}}');
}
