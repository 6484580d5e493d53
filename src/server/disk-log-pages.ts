import type { LogPage } from './log-sense.ts';

/** TEMPERATURE where none can be measured. Source: SPC-4 7.3.21.2. */
const NO_TEMPERATURE = 0xff;
/** ADDITIONAL SENSE CODE and qualifier: there is no informational exception. */
const NO_EXCEPTION = [0x00, 0x00] as const;

/**
 * Temperature (0Dh) and informational exceptions (2Fh), which hosts ask for at intervals. A file
 * has no temperature, and what goes wrong with it is told at once.
 *
 * Source: SPC-4 7.3.8 (2Fh), 7.3.21 (0Dh).
 */
export const diskLogPages: readonly LogPage[] = [
  { code: 0x0d, parameters: () => [
    { code: 0x0000, value: Uint8Array.of(0, NO_TEMPERATURE) }] },
  { code: 0x2f, parameters: () => [
    { code: 0x0000, value: Uint8Array.of(...NO_EXCEPTION, NO_TEMPERATURE, 0) }] },
];
