module github.com/outrigger/outrigger/sdks/go

go 1.25
