/** What the pager asks of those who can stop playback, where an incident is left alone. */
export interface AutoContainment {
  /** Whether bytes of a recording that a breach of the incident is about still leave, or could. */
  isFlowing(incidentId: string): Promise<boolean>;

  /**
   * Halts playback of the releases of the incident, and puts on its record that this policy did (`ContainmentTaken` with `policy`). Once: it
   * changes nothing where that, or more, was done before.
   */
  contain(incidentId: string, by: { readonly scope: 'release'; readonly policy: string }): Promise<void>;
}
