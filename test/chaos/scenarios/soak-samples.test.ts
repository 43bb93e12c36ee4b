import { expect, test } from "@jest/globals";
import { courseOf, median, type SoakSample } from "./soak-samples.js";

const sample = (hours: number): SoakSample => ({ hours }) as SoakSample;

test("a course has the medians of its outer quarters, and the slope by the hour", () => {
  const values = [10, 90, 12, 11, 13, 14, 15, 16, 17, 18, 60, 19];
  const samples = values.map((_, at) => sample(at / 60));
  const course = courseOf(samples, ({ hours }) => values[Math.round(hours * 60)]!);
  expect({ first: course.first, last: course.last }).toEqual({ first: 12, last: 19 });
  const straight = courseOf(samples, ({ hours }) => 5 + 3 * hours);
  expect(straight.perHour).toBeCloseTo(3);
});

test("one sample has no slope", () => {
  expect(courseOf([sample(1)], () => 7)).toEqual({ first: 7, last: 7, perHour: 0 });
});

test("the median of an even number is between two", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
