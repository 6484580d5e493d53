import type { Room } from '../media/tape-types.ts';
import { type Sense, SenseError } from '../sense/sense.ts';

/** PEWS counts in these bytes. */
const MB = 1_000_000;

/** ALLOW OVERWRITE: nowhere, at one position, or to format. */
export type Allowed =
  | { readonly kind: 'nothing' | 'format' }
  | { readonly kind: 'position'; readonly partition: number; readonly object: number };

interface TapePlace {
  readonly partition: number;
  readonly endOfData: number;
}

/** What mode page 10h/01h and ALLOW OVERWRITE say of writing. Source: SSC-4 4.2.20, 7.1, 8.3.8. */
export class WriteGuard {
  /** WRITE MODE: what is on the tape is not written over. */
  appendOnly = false;
  /** PEWS: the zone in front of early warning, in MB. */
  warningMb = 0;
  allowed: Allowed = { kind: 'nothing' };

  /** Throws: SenseError WORM MEDIUM - OVERWRITE ATTEMPTED in append-only mode. */
  assertMayWrite({ partition, endOfData }: TapePlace, position: number): void {
    if (!this.appendOnly || position === endOfData) return;
    const { allowed } = this;
    this.allowed = { kind: 'nothing' };
    if (allowed.kind === 'format' && position === 0) return;
    if (allowed.kind === 'position' && allowed.partition === partition
      && allowed.object === position) return;
    throw new SenseError('dataProtect', 'wormOverwriteAttempted',
      `Cannot write over object ${position} of partition ${partition}: the drive only appends`);
  }

  /** Whether this little is left before early warning that the programmed warning is due. */
  isInWarningZone({ beforeEarlyWarning }: Room): boolean {
    return beforeEarlyWarning <= this.warningMb * MB;
  }

  /** What a write reports that leads into the zone; early warning itself is another's. */
  warningBetween(before: Room, after: Room): Sense | undefined {
    if (this.warningMb === 0 || this.isInWarningZone(before) || !this.isInWarningZone(after)) {
      return undefined;
    }
    return { key: 'noSense', additional: 'programmableEarlyWarning', eom: true, information: 0 };
  }
}
