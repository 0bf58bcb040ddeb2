// Parts of a class in a regular expression with the flag `u`.

/** What turns the direction of text: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters */
export const directionMarks = '\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069';

/**
 * Controls, line ends, what turns the direction of text, and what has no width: with these a name could look like another. The
 * joiners of emoji and Persian (U+200C, U+200D) are not among them.
 */
export const hiddenCharacters = `\\p{Cc}\\p{Zl}\\p{Zp}\\u00AD\\u180E\\u200B\\u2060-\\u2065\\uFEFF${directionMarks}`;
