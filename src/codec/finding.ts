/** What a reader has to say about bytes: where, how serious, which rule, and how to mend it. */

/**
 * - `error`: a strict reader refuses the bytes.
 * - `warning`: legal or tolerated, but likely a mistake (reserved bits, questionable values).
 * - `note`: worth knowing.
 */
export type Severity = 'error' | 'warning' | 'note';

export interface Finding {
  /** Offset of the first byte concerned, from the start of the bytes given to the reader. */
  readonly at: number;
  /** Most significant bit concerned, 7 to 0, where the place is not a whole byte. */
  readonly bit?: number;
  readonly severity: Severity;
  /** Short, stable name of the rule, for machines: `reserved`, `value`, `truncated`, … */
  readonly rule: string;
  readonly message: string;
  /** What to write instead, if one can say so. */
  readonly mend?: string;
  /** Standard and clause. */
  readonly source?: string;
}

/** Bytes that a strict reader refuses. `at` and `bit` say where, `finding` says all. */
export class Malformed extends Error {
  readonly at: number;
  readonly bit: number | undefined;
  readonly finding: Finding;

  constructor(structure: string, finding: Finding) {
    super(`Cannot read ${structure}: ${finding.message}`);
    this.name = 'Malformed';
    this.at = finding.at;
    this.bit = finding.bit;
    this.finding = finding;
  }
}
