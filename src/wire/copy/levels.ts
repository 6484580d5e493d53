/** Versions of the standard as levels of the codec. */
export const SPC_LEVELS = [2, 3, 4, 5] as const;
export type SpcLevel = (typeof SPC_LEVELS)[number];

/** The level at which every format of this project is known, but for what SPC-5 dropped. */
export const NEWEST_LEVEL: SpcLevel = 5;

/** What people call a level: `SPC-4`. */
export const levelName = (level: number): string => `SPC-${level}`;
