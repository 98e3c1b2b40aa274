/** What a provider that stands in front of other people's servers publishes about its addresses. */
export interface Provider {
  /** Stable, for programs: `azure-front-door`. */
  readonly name: string;
  /** As the vendor writes it. */
  readonly title: string;
  /** The vendor's page or file that the prefixes were published at. */
  readonly source: string;
  /** The day as of which they are known to have been published, `YYYY-MM-DD`. */
  readonly asOf: string;
  /** Prefixes of both families, neighbours joined, between blanks and ends of lines. */
  readonly prefixes: string;
}
