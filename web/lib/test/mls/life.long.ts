// Longer than every test run: npm run test-long -w lib; LIFE=seed,steps,most for one life.
import { test } from 'node:test'
import { live } from './life.ts'

const lives = process.env.LIFE
  ? [process.env.LIFE.split(',').map(Number) as [number, number, number]]
  : [[1, 120, 12], [2, 120, 20], [3, 60, 40], [4, 200, 6], [5, 60, 34]] as const

for (const [seed, steps, most] of lives) {
  test(`a life of ${steps} changes with up to ${most} devices (seed ${seed})`, () => live(seed, steps, most))
}
