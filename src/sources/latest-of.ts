/** Without a spread: `Math.max(...dates)` of a list that others have written is a stack overflow from some length on. */

/** The latest of dates; undefined where there is none. */
export function latestOf(dates: readonly Date[]): Date | undefined {
  let latest: Date | undefined;
  for (const date of dates) if (latest === undefined || date > latest) latest = date;
  return latest;
}
