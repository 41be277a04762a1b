package outrigger

import "github.com/outrigger/outrigger/sdks/go/internal/frame"

// maxPageEntries is that of version 1.
const maxPageEntries = 1000

func (p *params) pageLimit() int {
	return int(p.optionalInteger("limit", 1, maxPageEntries, maxPageEntries))
}

// pageRest is the room for the message around a page.
const pageRest = 4 * 1024

// fitPage asks for a page whose message is not too large. A full page of long paths is: it is asked for again, with half as
// many entries.
func fitPage(limits limits, limit int, ask func(limit int) (page any, entries int, err error)) (any, error) {
	for limit = min(limit, limits.pageEntries); ; {
		page, entries, err := ask(limit)
		if err != nil || entries <= 1 {
			return page, err
		}
		body, err := frame.Encode(page)
		if err != nil || len(body) <= limits.messageBytes-pageRest {
			return page, err
		}
		limit = entries / 2
	}
}
