/** Types of persistent reservations. Source: SPC-4 6.15.3.4. */
export const RESERVATION_TYPE = {
  writeExclusive: 1, exclusiveAccess: 3,
  writeExclusiveRegistrantsOnly: 5, exclusiveAccessRegistrantsOnly: 6,
  writeExclusiveAllRegistrants: 7, exclusiveAccessAllRegistrants: 8,
} as const;

export const RESERVATION_TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'Write Exclusive'], [3, 'Exclusive Access'],
  [5, 'Write Exclusive - Registrants Only'], [6, 'Exclusive Access - Registrants Only'],
  [7, 'Write Exclusive - All Registrants'], [8, 'Exclusive Access - All Registrants'],
]);
