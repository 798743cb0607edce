/** What a document's field `schema` says, apart from the schemas themselves: commands print it, and load none. */

/** A version more is a format that consumers have to be changed for. */
export function schemaId(name: string): string {
  return `assay/${name}/v1`;
}
