package consent

// Set is a set of categories: bit i stands for the i-th category of a policy.
// Sets of different policies must not be mixed.
type Set uint64

// maxCategories is how many a Set can hold.
const maxCategories = 64

// Has reports whether the i-th category is in s.
func (s Set) Has(i int) bool { return s>>uint(i)&1 == 1 }

// With returns s with the i-th category in it.
func (s Set) With(i int) Set { return s | 1<<uint(i) }

// Contains reports whether all of other is in s.
func (s Set) Contains(other Set) bool { return s&other == other }
