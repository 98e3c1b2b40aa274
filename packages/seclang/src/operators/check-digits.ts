/** Numbers of cards and persons by their check digits. Whatever is no digit, or no letter where there is one, separates. */

/** Says whether `octets[start … end)` is such a number. */
export type NumberCheck = (octets: Uint8Array, start: number, end: number) => boolean;

/** More digits and letters than any of these numbers has. */
const CHARACTERS = 32;
const NONE = -1;

/** Digits and letters of the number that is looked at: digits as 0 … 9, letters as 10 (A) … 35 (Z). */
const characters = new Uint8Array(CHARACTERS);

/** Numbers of payment cards: ISO/IEC 7812-1 annex B, Luhn's formula. */
export const isCardNumber: NumberCheck = (octets, start, end) => {
  const count = readCharacters(octets, start, end, false);
  if (count < 2) return false;
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    const digit = characters[count - 1 - index]!;
    const doubled = index % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
};

/**
 * Social Security numbers of the USA. They have no check digit: areas 000, 666 and 900 … 999, group 00 and serial 0000 are never
 * assigned (Social Security Administration, "Social Security Number Randomization", since 25 June 2011).
 */
export const isSocialSecurityNumber: NumberCheck = (octets, start, end) => {
  if (readCharacters(octets, start, end, false) !== 9) return false;
  const area = number(0, 3);
  return area !== 0 && area !== 666 && area < 900 && number(3, 5) !== 0 && number(5, 9) !== 0;
};

/** CPF numbers of Brazil: eleven digits, the last two of them check digits modulo 11 (Receita Federal). All alike are never given. */
export const isCpf: NumberCheck = (octets, start, end) => {
  if (readCharacters(octets, start, end, false) !== 11) return false;
  const first = characters[0]!;
  if (characters.subarray(0, 11).every((digit) => digit === first)) return false;
  return characters[9] === cpfDigit(9) && characters[10] === cpfDigit(10);
};

function cpfDigit(before: number): number {
  let sum = 0;
  for (let index = 0; index < before; index += 1) sum += characters[index]! * (before + 1 - index);
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

/** Weights of the digits; the fourth is the check digit. */
const SVNR_WEIGHTS = [3, 7, 9, 0, 5, 8, 4, 2, 1, 6] as const;

/** Insurance numbers of Austria: ten digits, the fourth of them the others' weighted sum modulo 11 (Dachverband der Sozialversicherungsträger). */
export const isSvnr: NumberCheck = (octets, start, end) => {
  if (readCharacters(octets, start, end, false) !== 10 || characters[0] === 0) return false;
  let sum = 0;
  for (const [index, weight] of SVNR_WEIGHTS.entries()) sum += characters[index]! * weight;
  return sum % 11 === characters[3];
};

/** RUT and RUN of Chile: up to eight digits and a check character, 0 … 9 or K, modulo 11 (Servicio de Registro Civil). */
export const isRut: NumberCheck = (octets, start, end) => {
  const count = readCharacters(octets, start, end, true);
  if (count < 7 || count > 9 || !digitsOnly(0, count - 1)) return false;
  let sum = 0;
  for (let index = 0; index < count - 1; index += 1)
    sum += characters[count - 2 - index]! * (2 + (index % 6));
  const check = (11 - (sum % 11)) % 11;
  const letterK = 20;
  return number(0, count - 1) > 0 && characters[count - 1] === (check === 10 ? letterK : check);
};

const NIF_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE";

/** DNI and NIE of Spain: eight digits, or X, Y or Z (0, 1, 2) and seven, and a letter by the remainder modulo 23 (Ministerio del Interior). */
export const isNif: NumberCheck = (octets, start, end) => {
  if (readCharacters(octets, start, end, true) !== 9 || !digitsOnly(1, 8)) return false;
  const first = characters[0]!;
  const letterX = 33;
  if (first >= letterX) characters[0] = first - letterX;
  else if (first > 9) return false;
  return characters[8] === NIF_LETTERS.charCodeAt(number(0, 8) % 23) - 55;
};

/** Reads digits, and letters where there can be any, into `characters`; -1 where there are too many. */
function readCharacters(octets: Uint8Array, start: number, end: number, letters: boolean): number {
  let count = 0;
  for (let at = start; at < end; at += 1) {
    const octet = octets[at]!;
    let character = octet - 0x30;
    if (character < 0 || character > 9) {
      const letter = (octet | 0x20) - 0x61;
      if (!letters || letter < 0 || letter > 25) continue;
      character = letter + 10;
    }
    if (count === CHARACTERS) return NONE;
    characters[count++] = character;
  }
  return count;
}

function digitsOnly(from: number, to: number): boolean {
  for (let index = from; index < to; index += 1) if (characters[index]! > 9) return false;
  return true;
}

/** The decimal number that digits are. */
function number(from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index += 1) value = value * 10 + characters[index]!;
  return value;
}
