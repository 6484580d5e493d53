import type { TapeDrive } from './tape-drive.ts';

/** Flags of the TapeAlert log page, numbered from 1. Source: SSC-4 annex A. */
export const TAPE_ALERT_COUNT = 64;

/** Flag 06h; nothing here wears, is cleaned or gets dirty, so the others are never set. */
const WRITE_FAILURE = 6;

/** The flags that hold now, ascending. */
export const tapeAlerts = (drive: TapeDrive): number[] => (drive.hasFailed ? [WRITE_FAILURE] : []);
