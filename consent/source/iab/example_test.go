package iab_test

import (
	"fmt"

	"github.com/caddy-consent/caddy-consent/consent/source/iab"
)

func ExampleParseTCF() {
	tcf, err := iab.ParseTCF("CP6vdoAP6vdoAAHABBENApEgAAAAAAAAAAAAAAAAAAAA.YAAAAAAAAAAA")
	fmt.Println(tcf.Purpose(1), tcf.PolicyVersion, err)

	tcf, err = iab.ParseTCF("accepted")
	fmt.Println(tcf.Purpose(1), err)
	// Output:
	// false 4 <nil>
	// false not a TC string
}

func ExampleParseGPP() {
	gpp, err := iab.ParseGPP("DBABBg~BUUAAAGA.YA") // California: opted out of sale and sharing, with GPC
	if err != nil {
		fmt.Println(err)
		return
	}
	for id := range gpp.OptOuts.All() {
		fmt.Println("opted out in section", id)
	}
	fmt.Println(gpp.GPC, gpp.Unread.Len())
	// Output:
	// opted out in section 8
	// true 0
}

func ExampleParseUSP() {
	usp, err := iab.ParseUSP("1YYN")
	fmt.Println(usp.OptOutSale, err)
	// Output: yes <nil>
}
