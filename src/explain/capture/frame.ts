/**
 * Captures of iSCSI traffic:
 *
 *   file ─→ frames ─→ TCP segments ─→ streams ─→ PDUs ─→ exchanges ─→ report
 *          pcap,      link, ip        tcp,       framing  task       sections, findings
 *          pcapng                     stream
 *
 * Nothing here throws for what a capture holds: what cannot be read is told as a finding, whose
 * place is an offset in the file.
 */
import type { Finding } from '../../codec/finding.ts';

/** One frame of a capture. */
export interface Frame {
  /** From 1, as other programs count. */
  readonly number: number;
  /** Nanoseconds since 1970; undefined where the file does not say. */
  readonly timeNs: bigint | undefined;
  readonly linkType: number;
  /** Where its captured bytes lie in the file. */
  readonly at: number;
  readonly end: number;
  /** Bytes that it had on the wire: more than were captured if a snapshot length cut it. */
  readonly wireBytes: number;
}

/** Takes what there is to say about a capture. */
export type Say = (finding: Finding) => void;

/** Findings told one by one; of more than these, how many more there were. */
const FINDING_COUNT_MAX = 200;

/** Keeps findings, a bounded number of them. */
export class Findings {
  readonly #told: Finding[] = [];
  #more = 0;

  readonly say: Say = (finding) => {
    if (this.#told.length < FINDING_COUNT_MAX) this.#told.push(finding);
    else this.#more += 1;
  };

  get all(): Finding[] {
    const last: Finding[] = this.#more === 0 ? [] : [{
      at: this.#told.at(-1)!.at, severity: 'note', rule: 'more',
      message: `${this.#more} more findings like these` }];
    return [...this.#told, ...last];
  }
}
