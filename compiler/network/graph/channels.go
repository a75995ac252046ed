package graph

import "fmt"

// ChannelShuffle interleaves groups of channels (Zhang et al. 2017, ShuffleNet,
// section 3.1): channels that are numbered [group][member] become
// [member][group].
type ChannelShuffle struct {
	Groups int `json:"groups"`
}

var channelShuffleOperator = operator[ChannelShuffle]("channelshuffle", Example{Input: Shape{6, 4, 4}, Op: ChannelShuffle{Groups: 3}})

// Kind implements Op.
func (ChannelShuffle) Kind() string { return "channelshuffle" }

// Infer implements Op.
func (s ChannelShuffle) Infer(in []Shape) (Shape, error) {
	x, err := one(in)
	if err != nil {
		return nil, err
	}
	if s.Groups < 1 || x.Channels()%s.Groups != 0 {
		return nil, fmt.Errorf("%d groups must divide its %d channels", s.Groups, x.Channels())
	}
	return x, nil
}

// Source is the input channel that an output channel copies, of so many
// channels.
func (s ChannelShuffle) Source(channel, channels int) int {
	return channel%s.Groups*(channels/s.Groups) + channel/s.Groups
}

// Work implements Op.
func (ChannelShuffle) Work([]Shape, Shape) Work { return Work{} }

// Params implements Op.
func (ChannelShuffle) Params([]Shape) []Param { return nil }

// SliceChannels keeps the channels from Begin up to, but not including, End.
type SliceChannels struct {
	Begin int `json:"begin"`
	End   int `json:"end"`
}

var sliceChannelsOperator = operator[SliceChannels]("slicechannels", Example{Input: Shape{6, 4, 4}, Op: SliceChannels{Begin: 2, End: 5}})

// Kind implements Op.
func (SliceChannels) Kind() string { return "slicechannels" }

// Infer implements Op.
func (s SliceChannels) Infer(in []Shape) (Shape, error) {
	x, err := one(in)
	if err != nil {
		return nil, err
	}
	if s.Begin < 0 || s.Begin >= s.End || s.End > x.Channels() {
		return nil, fmt.Errorf("channels %d to %d are not a part of its %d channels", s.Begin, s.End, x.Channels())
	}
	return append(Shape{s.End - s.Begin}, x.Spatial()...), nil
}

// Work implements Op.
func (SliceChannels) Work([]Shape, Shape) Work { return Work{} }

// Params implements Op.
func (SliceChannels) Params([]Shape) []Param { return nil }
