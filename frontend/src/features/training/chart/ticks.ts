/** Round numbers between two values, not more than so many: whole ones for steps, any for losses. */
export function ticks(min: number, max: number, most: number, whole = false): number[] {
  if (!(max > min) || most < 1) {
    return Number.isFinite(min) ? [min] : [];
  }
  const rough = (max - min) / most;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((one) => one * magnitude >= rough * (1 - 1e-9)) ?? 10;
  const distance = whole ? Math.max(1, Math.round(factor * magnitude)) : factor * magnitude;
  const found: number[] = [];
  for (let one = Math.ceil(min / distance - 1e-9); one * distance <= max + distance * 1e-9; one++) {
    // Of 3 * 0.1, the digits beyond those of the distance are of no meaning.
    found.push(Number((one * distance).toPrecision(12)));
  }
  return found;
}

/** Powers of ten between two values above nothing, with 2 and 5 of each where there is room for them. */
export function logTicks(min: number, max: number, most: number): number[] {
  if (!(min > 0) || !(max > min)) {
    return min > 0 ? [min] : [];
  }
  const tens: number[] = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
    tens.push(power);
  }
  const within = (factors: readonly number[]) =>
    tens
      .flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(12))))
      .filter((value) => value >= min * (1 - 1e-9) && value <= max * (1 + 1e-9));
  const found = [[1, 2, 5], [1, 3], [1]].map(within).find((each) => each.length > 1 && each.length <= most);
  if (found !== undefined) {
    return found;
  }
  const powers = within([1]);
  if (powers.length > most) {
    const every = Math.ceil(powers.length / most);
    return powers.filter((_, place) => place % every === 0);
  }
  // Less than a power of ten is shown: round numbers serve better.
  return ticks(min, max, most);
}
