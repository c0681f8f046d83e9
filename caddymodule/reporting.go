package caddymodule

import (
	"encoding/json"
	"errors"
	"strings"

	"go.uber.org/zap"

	"github.com/caddy-consent/caddy-consent/rewrite"
)

// reasonField is why a field of a header cannot be inspected; a metric label.
const reasonField = "unreadable header field"

var errTrailing = errors.New("more than a list")

// filterReportTo takes blocked endpoints out of Report-To (Network Reporting
// API): a list of JSON objects, each of which is a group of endpoints.
//
// A group stays even if it has none left. Browsers remember groups for as
// long as they are told, and one without endpoints makes them forget the one
// they knew by that name: so a choice that is withdrawn ends the reports.
func (j *headerJudge) filterReportTo(lines []string) []string {
	kept := make([]string, 0, len(lines))
	changed := false
	for _, line := range lines {
		groups, err := j.filterGroups(line)
		if err != nil {
			return j.filterJoinedReportTo(lines)
		}
		changed = changed || groups != line
		kept = append(kept, groups)
	}
	if !changed {
		return lines
	}
	return kept
}

// filterJoinedReportTo is for lines that mean something only together:
// browsers join them before they read them. What is no JSON even so cannot be
// judged, but may be read: Chromium takes comments and more escapes.
func (j *headerJudge) filterJoinedReportTo(lines []string) []string {
	line := strings.Join(lines, ", ")
	groups, err := j.filterGroups(line)
	if err == nil {
		if groups == line {
			return lines
		}
		return []string{groups}
	}
	j.varies = true
	h := j.w.h
	if h.policy.AllGranted(&j.w.visit.page) {
		return lines
	}
	h.metrics.failed(reasonField)
	h.logger.Warn("cannot inspect header field",
		zap.String("field", "Report-To"), zap.Error(err),
		zap.String("host", j.w.r.Host), zap.String("path", j.w.r.URL.Path), zap.String("on_error", h.OnError))
	if h.OnError == onErrorPass {
		return lines
	}
	return nil
}

// filterGroups returns a line without the endpoints that are blocked.
func (j *headerJudge) filterGroups(line string) (string, error) {
	groups, err := editArray("["+line+"]", func(group string) (string, bool, error) {
		group, err := editMember(group, "endpoints", func(endpoints string) (string, error) {
			return editArray(endpoints, func(endpoint string) (string, bool, error) {
				return endpoint, !j.blockedEndpoint(endpoint), nil
			})
		})
		return group, true, err
	})
	if err != nil {
		return "", err
	}
	return groups[1 : len(groups)-1], nil
}

// blockedEndpoint judges an endpoint of a group. What is none goes nowhere.
func (j *headerJudge) blockedEndpoint(endpoint string) bool {
	var members map[string]json.RawMessage // names are matched in their case
	var url string
	if json.Unmarshal([]byte(endpoint), &members) != nil || json.Unmarshal(members["url"], &url) != nil {
		return false
	}
	return j.blocked(rewrite.Other, []byte(url))
}

// editArray gives each element of a JSON array to edit, and puts together
// what it returns of those that it keeps. The text is the same where nothing
// was edited; what is no array is left alone.
func editArray(text string, edit func(element string) (edited string, keep bool, err error)) (string, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return text, err
	}
	var out []string
	changed := false
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return "", err
		}
		edited, keep, err := edit(string(raw))
		if err != nil {
			return "", err
		}
		changed = changed || !keep || edited != string(raw)
		if keep {
			out = append(out, edited)
		}
	}
	if _, err := dec.Token(); err != nil {
		return "", err
	}
	if dec.InputOffset() != int64(len(text)) {
		return "", errTrailing
	}
	if !changed {
		return text, nil
	}
	return "[" + strings.Join(out, ", ") + "]", nil
}

// editMember gives the value of each member of a JSON object that has the
// name to edit, and puts what it returns in its place. What is no object is left alone.
func editMember(text, name string, edit func(value string) (string, error)) (string, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return text, err
	}
	var out strings.Builder
	done := 0 // text[:done] is in out
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return "", err
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return "", err
		}
		if key != name {
			continue
		}
		edited, err := edit(string(raw))
		if err != nil {
			return "", err
		}
		end := int(dec.InputOffset())
		out.WriteString(text[done : end-len(raw)])
		out.WriteString(edited)
		done = end
	}
	out.WriteString(text[done:])
	return out.String(), nil
}
